"""What a word looks like: wildcards, regular expressions, letters wrong, letter case; and text letter for letter.

A shape picks from the different words of an article those that fit it, in time linear in their letters, whatever the
operator wrote: stars are matched without going back more than one star, regular expressions by RE2 (an automaton,
with bounded memory), letters wrong by comparing what two words do not share.

Wildcards and wrong letters are looked for in the folded forms of words; a regular expression in the words as they
stand and folded, without regard to letter case, and must fit the whole word.
"""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from digest.folding import fold
from digest.text import Shape, is_spaceless

_REGEX_MEMORY = 1 << 20
"""Bytes that one regular expression may take; RE2 refuses or starts afresh beyond."""

_SPOKEN = 4
"""Acronyms of so many letters may be spoken as words."""
_VOWELS = frozenset("aeiouy")
_OF_VERBS = frozenset({"ed", "ing", "ings", "er", "ers"})
"""English endings that no name takes."""


def wildcard(pattern: str) -> Shape:
    """Words that fit a pattern with `*` and `?`. It holds no square brackets."""
    # fnmatch makes each "*" an atomic group, which gives up for good what it has passed.
    return partial(_fitting, re.compile(fnmatch.translate(fold(pattern))))


def _fitting(pattern: re.Pattern[str], words: Collection[str]) -> list[str]:
    return [word for word in words if pattern.match(fold(word))]


def cased(text: str) -> Shape:
    """Words with the letter case of `text`; accents, width and the dots of acronyms do not matter."""
    return partial(_as_cased, _uncovered(text))


def _as_cased(text: str, words: Collection[str]) -> list[str]:
    return [word for word in words if _uncovered(word) == text]


def acronym(folded: str) -> Shape:
    """Words that begin with the acronym in capitals, as its plurals and cases do.

    With one capital, too, those that some write so: of four letters and more (Unicef), or without a vowel (Xr).
    """
    small = len(folded) >= _SPOKEN or (folded.isascii() and _VOWELS.isdisjoint(folded))
    return partial(_like_acronym, folded, small)


def _like_acronym(folded: str, small: bool, words: Collection[str]) -> list[str]:  # noqa: FBT001 - of a partial
    return [
        word
        for word in words
        if (word.replace(".", "")[: len(folded)].isupper() and fold(word).startswith(folded))
        or (small and word[:1].isupper() and fold(word) == folded)
    ]


def name(folded: Iterable[str]) -> Shape:
    """Words that begin with a name, folded in any of these ways, and go on as its cases and plurals do: for Hawking
    no hawks, for Trump nobody trumped.
    """
    return _Named(tuple(each[:-1] if each.endswith(("a", "s")) else each for each in folded))


@dataclass(frozen=True, slots=True)
class _Named:
    """By value, since the words of all topics that have the same shape are one."""

    beginnings: tuple[str, ...]

    def __call__(self, words: Collection[str]) -> list[str]:
        return [
            word
            for word in words
            if (form := fold(word)).startswith(self.beginnings)
            and any(form.startswith(each) and form[len(each) :] not in _OF_VERBS for each in self.beginnings)
        ]


def _uncovered(word: str) -> str:
    """A word without its accents and dots."""
    if word.isascii():
        return word.replace(".", "")
    parts = unicodedata.normalize("NFKD", word)
    return "".join(part for part in parts if part != "." and not unicodedata.combining(part))


# --- letters wrong --------------------------------------------------------------------------------------------------


def fuzzy(text: str, wrong: int) -> Shape:
    """Words that become `text` by so many steps at most: a letter more, less, another, or two neighbours swapped."""
    return partial(_alike, fold(text), wrong)


def _alike(text: str, wrong: int, words: Collection[str]) -> list[str]:
    return [word for word in words if _differ(text, fold(word), wrong)]


def _differ(one: str, other: str, most: int) -> bool:
    """Whether at most so many steps lead from one to the other. Beginnings and ends that they share are left out."""
    if abs(len(one) - len(other)) > most:
        return False
    start, shorter = 0, min(len(one), len(other))
    while start < shorter and one[start] == other[start]:
        start += 1
    end = 0
    while end < shorter - start and one[-1 - end] == other[-1 - end]:
        end += 1
    one, other = one[start : len(one) - end], other[start : len(other) - end]
    if most == 1 and max(len(one), len(other)) > 2:
        return False
    return _steps(one, other) <= most


def _steps(one: str, other: str) -> int:
    """The optimal string alignment distance: Levenshtein's, with swapped neighbours as one step."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, opposite in enumerate(other, start=1):
            steps = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != opposite))
            if row > 1 and column > 1 and (letter, one[row - 2]) == (other[column - 2], opposite):
                steps = min(steps, before[column - 2] + 1)
            now.append(steps)
        before, last = last, now
    return last[-1]


# --- regular expressions --------------------------------------------------------------------------------------------


def regex(pattern: str) -> Shape:
    """Words that fit a regular expression as a whole. All are looked through in one call, since calls are costly."""
    return partial(_by_lines, pattern)


def _by_lines(pattern: str, words: Collection[str]) -> list[str]:
    by_line: dict[str, list[str]] = {}
    for word in words:
        for line in {word, fold(word)}:
            by_line.setdefault(line, []).append(word)
    lines = "\n".join(by_line)
    fitting = (by_line.get(found.group(), ()) for found in _compiled(pattern).finditer(lines))
    return list(dict.fromkeys(word for of_line in fitting for word in of_line))


def regex_problem(pattern: str) -> str:
    """Why it cannot be read, in RE2's words; empty when it can."""
    import re2

    try:
        _compiled(pattern)
    except re2.error as error:
        told = error.args[0] if error.args else b""
        return told.decode(errors="replace") if isinstance(told, bytes) else str(told)
    return ""


@lru_cache(maxsize=10_000)
def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.never_nl = True
    options.max_mem = _REGEX_MEMORY
    re2.compile(pattern, options)  # by itself, so that it cannot close the brackets around it
    return re2.compile(f"(?m)^(?:{pattern})$", options)


def head_of(pattern: str) -> str:
    """The plain letters that every word fitting a regular expression begins with, folded; often none."""
    found = re.match(r"[a-zA-Z0-9]*(?![?*{])", pattern)
    return "" if found is None or "|" in pattern else found[0].lower()


# --- letter for letter ----------------------------------------------------------------------------------------------

_APOSTROPHES = "'\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}\N{FULLWIDTH APOSTROPHE}"


@lru_cache(maxsize=1_000)
def letter_for_letter(text: str) -> re.Pattern[str]:
    """The text with any blanks between its words, and no letter, nor a suffix behind an apostrophe, beside it.

    Beside a character of a script without spaces letters may stand, and behind a sign: C++26.
    """
    words = r"\s+".join(re.escape(word) for word in text.split())
    before = "" if is_spaceless(text[:1]) else r"(?<!\w)"
    after = "" if is_spaceless(text[-1:]) or not text[-1:].isalnum() else rf"(?!\w|[{_APOSTROPHES}]\w)"
    return re.compile(f"{before}{words}{after}")


@lru_cache(maxsize=1_000)
def host_in_link(host: str) -> re.Pattern[str]:
    """A link to a host or to one below it; group 1 is the host."""
    return re.compile(
        rf"[a-z][a-z0-9+.-]*://(?:[^/?#]*[.@])?({re.escape(host)})\.?(?::\d*)?(?:[/?#].*)?", re.IGNORECASE | re.DOTALL
    )
