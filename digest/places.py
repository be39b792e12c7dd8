"""Where clauses stand in a field: words, phrases, words near each other, in one sentence.

A **place** is a stretch of words. A term stands where one of its patterns does, alternatives stand where one of them
does. Two or more parts stand together where each has a place, no two share a word, and at most `within` words of the
stretch belong to none of them. Of the stretches that end with the same word the tightest is found.

For parts in order the fewest words between are found from left to right: for each place of a part the best of the
chains that end before it. Two parts in any order are both orders. More than two, which are words of a quoted phrase,
are looked for from each place as the beginning of a window, in which words are matched to parts.

All this is linear in the places, or in the places times the window: a text that repeats a word without end costs no
more than its length.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from digest.clauses import AnyOf, Clause, Near, Term
from digest.shapes import host_in_link, letter_for_letter
from digest.text import FieldText, Longer, Pattern

_ANYWHERE = 1 << 60
"""More words between than any field has."""


class Found(NamedTuple):
    """A term, as it is told, and the positions of its first and last word."""

    term: str
    first: int
    last: int


class Place(NamedTuple):
    """The positions of the first and the last word, and what stands there."""

    first: int
    last: int
    found: tuple[Found, ...]


def places(clause: Clause, field: FieldText) -> Iterator[Place]:
    """Where the clause, one that has places, stands in the field, by their first words or by their last."""
    match clause:
        case Term():
            name = name_of(clause)
            return (Place(first, last, (Found(name, first, last),)) for first, last in spans(clause, field))
        case AnyOf(parts=parts):
            return iter(sorted({place for part in parts for place in places(part, field)}))
        case Near():
            return _near(clause, field)
        case _:
            raise TypeError(f"{clause} has no places")


def apart(found: Iterable[Place]) -> Iterator[Place]:
    """Of places those that share no word, as many as there are."""
    reached = -1
    for place in sorted(found, key=lambda place: place.last):
        if place.first > reached:
            reached = place.last
            yield place


def name_of(term: Term) -> str:
    """A term as it is told: without the quotes of an exact one, with the star of a prefix."""
    return term.text if term.kind in {"exact", "cased", "literal", "site"} else str(term)


# --- terms ----------------------------------------------------------------------------------------------------------


def spans(term: Term, field: FieldText) -> list[tuple[int, int]]:
    """The first and last words of the places of a term, in order; of those that begin together the longest first."""
    found = where_any(term.patterns, field)
    return sorted(set(_as_written(term, field))) if found and term.kind in {"literal", "site"} else found


def where_any(patterns: Collection[Pattern], field: FieldText) -> list[tuple[int, int]]:
    """Those of the places of any of the patterns, in the same order."""
    found: dict[Longer | None, list[tuple[int, int]]] = {}
    for pattern in patterns:
        if spans := _where(pattern, field):
            found.setdefault(pattern[0].unless, []).extend(spans)
    spans = [span for unless, of_some in found.items() for span in _not_within(unless, of_some, field)]
    return sorted(set(spans), key=lambda span: (span[0], -span[1])) if len(patterns) > 1 else spans


def _where(pattern: Pattern, field: FieldText) -> list[tuple[int, int]]:
    starts = field.where(pattern[0])
    if not starts or len(pattern) == 1:
        return [(start, start) for start in starts]
    for offset, form in enumerate(pattern[1:], start=1):
        following = set(field.where(form))
        starts = [start for start in starts if start + offset in following]
    ends = len(pattern) - 1
    return [(start, start + ends) for start in starts if field.is_whole(start, start + ends)]


def _not_within(unless: Longer | None, found: list[tuple[int, int]], field: FieldText) -> list[tuple[int, int]]:
    """Of places those where nothing longer stands of which they are a part, or that is written as they are."""
    around = where_any(unless(field.language), field) if unless else ()
    return [span for span in found if not any(first <= span[0] and span[1] <= last for first, last in around)]


def _as_written(term: Term, field: FieldText) -> Iterator[tuple[int, int]]:
    """Where a text stands letter for letter; where a link has a host."""
    if term.kind == "site":
        link = host_in_link(term.text).fullmatch(field.string)
        offsets = [link.span(1)] if link else []
    else:
        offsets = [found.span() for found in letter_for_letter(term.text).finditer(field.string)]
    positions = range(len(field.words))
    for start, end in offsets:
        first = bisect_left(positions, start, key=lambda at: field.span(at, at)[0])
        last = bisect_left(positions, end, key=lambda at: field.span(at, at)[0]) - 1
        if first <= last:
            yield first, last


# --- together -------------------------------------------------------------------------------------------------------


def _near(near: Near, field: FieldText) -> Iterator[Place]:
    found_of: dict[Clause, list[Place]] = {}
    for part in near.parts:
        if part not in found_of:
            found_of[part] = list(places(part, field))
        if not found_of[part]:
            return iter(())
    of_parts = [found_of[part] for part in near.parts]
    if near.within is None:
        return _in_one_sentence(of_parts, field, ordered=near.ordered)
    found = _together(of_parts, near.within, ordered=near.ordered)
    if near.ordered and not near.within:
        name = " ".join(name_of(part) if isinstance(part, Term) else str(part) for part in near.parts)
        return (Place(first, last, (Found(name, first, last),)) for first, last, _ in found)
    return found


def _together(of_parts: Sequence[Sequence[Place]], within: int, *, ordered: bool) -> Iterator[Place]:
    if ordered:
        return iter(_in_order(of_parts, within))
    if len(of_parts) == 2:
        return iter(sorted({*_in_order(of_parts, within), *_in_order(of_parts[::-1], within)}))
    return _in_any_order(of_parts, within)


def _in_order(of_parts: Sequence[Sequence[Place]], within: int) -> list[Place]:
    """The tightest chains, one for each place of the last part that has one."""
    chains = [(0, place) for place in of_parts[0]]
    for following in of_parts[1:]:
        chains = list(_longer(chains, following, within))
    return [place for _, place in sorted(chains, key=lambda chain: chain[1])]


def _longer(
    chains: Iterable[tuple[int, Place]], following: Iterable[Place], within: int
) -> Iterator[tuple[int, Place]]:
    """Chains, each with how many words are between its places, made longer by a place that follows."""
    waiting = sorted(chains, key=lambda chain: chain[1].last, reverse=True)
    best: tuple[int, Place] | None = None
    for place in sorted(following):
        while waiting and waiting[-1][1].last < place.first:
            chain = waiting.pop()
            if best is None or chain[0] - chain[1].last <= best[0] - best[1].last:
                best = chain
        if best is None:
            continue
        between = best[0] + place.first - best[1].last - 1
        if between <= within:
            yield between, Place(best[1].first, place.last, (*best[1].found, *place.found))


def _in_any_order(of_parts: Sequence[Sequence[Place]], within: int) -> Iterator[Place]:
    """Stretches with a place for each of several parts; in a window, a matching of parts to places is looked for."""
    words = sum(max(place.last - place.first + 1 for place in of_part) for of_part in of_parts)
    ordered = [sorted(of_part) for of_part in of_parts]
    for start in sorted({place.first for of_part in of_parts for place in of_part}):
        end = start + words + within
        near = [of_part[bisect_left(of_part, (start,)) : bisect_left(of_part, (end,))] for of_part in ordered]
        near = [[place for place in of_part if place.last < end] for of_part in near]
        if all(near) and (chosen := _one_each(near)):
            found = tuple(found for place in chosen for found in place.found)
            yield Place(start, max(place.last for place in chosen), found)


def _one_each(candidates: Sequence[Sequence[Place]]) -> list[Place] | None:
    """One place for each part, no two with the same first word, found by augmenting paths (Kuhn)."""
    taken: dict[int, int] = {}
    chosen: dict[int, Place] = {}

    def choose(part: int, tried: set[int]) -> bool:
        for place in candidates[part]:
            if place.first not in tried:
                tried.add(place.first)
                if place.first not in taken or choose(taken[place.first], tried):
                    taken[place.first], chosen[part] = part, place
                    return True
        return False

    if all(choose(part, set()) for part in range(len(candidates))):
        return [chosen[part] for part in range(len(candidates))]
    return None


# --- sentences ------------------------------------------------------------------------------------------------------

_END = re.compile(
    r"(?:[.!?\u2026\u061f\u06d4\u0964]+[\"'\u2019\u201d\u00bb)\]]*\s+|[\u3002\uff01\uff1f]+[\u300d\u300f\u201d\u2019)]*|\n)\s*"
)
_NO_END = re.compile(
    r"(?:\b[^\W\d_]|\b(?:Mr|Mrs|Ms|Dr|Prof|St|Gen|Sen|Rep|Gov|Lt|Col|Maj|Sgt|Capt|Adm|Rev|Hon|Pres|Jr|Sr|No|vs|v|Inc|Ltd|Co"
    r"|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|ca|approx|etc|bzw|Nr|Hr|Fr|Sra?|M|Mme))\.\s+\Z"
)


def _in_one_sentence(of_parts: Sequence[Sequence[Place]], field: FieldText, *, ordered: bool) -> Iterator[Place]:
    starts = _sentences(field.string)
    by_sentence: list[dict[int, list[Place]]] = []
    for of_part in of_parts:
        by_sentence.append({})
        for place in of_part:
            number, last = (bisect_right(starts, field.span(at, at)[0]) for at in place[:2])
            if number == last:
                by_sentence[-1].setdefault(number, []).append(place)
    for number in sorted(set.intersection(*(set(each) for each in by_sentence))):
        yield from _together([each[number] for each in by_sentence], _ANYWHERE, ordered=ordered)


@lru_cache(maxsize=8)
def _sentences(string: str) -> tuple[int, ...]:
    """Where sentences begin: behind a stop, unless it is an abbreviation's or a small letter follows."""
    starts = [0]
    for found in _END.finditer(string):
        end = found.end()
        small = string[end : end + 1].islower() and "\n" not in found[0]
        if not small and not _NO_END.search(string[max(starts[-1], found.start() - 8, 0) : end]):
            starts.append(end)
    return tuple(starts)
