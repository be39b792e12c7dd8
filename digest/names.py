"""Under which names the news knows countries, regions, peoples, persons, cities, organisations and events.

Countries come from `digest.countries`; all others stand in the plain text files of `digest/gazetteer`, written for
this project in thirteen languages. An entry is a line with its key and indented lines, each with a language and the
names there, behind a bar those by which articles call it but a phrase does not:

    idf
      en IDF, Israel Defense Forces | Israeli army
      ru ЦАХАЛ

The key of a person is the full name in English.

Of a part of the world a line `of` tells which countries lie in it, by their codes. What lies in a country or belongs
to it, and stands for it in the news (a city, a palace, a party), is listed in `digest/gazetteer/within.lst`; who
leads it in `digest/gazetteer/leaders.lst`.

- A phrase is searched for names (`recognise`), the longest first, so that "North Korea" is one country and not a
  Korea of any kind, and "European Central Bank" is not Europe's.
- The longest counts in articles, too: where a name stands in that of something else, or has its stem, that is listed
  in `digest/gazetteer/longer.lst`, and it is not found there.
- Letter case counts, as a name is written here: "polish", "china" and "who" name nothing, and what stands in capitals
  here must stand in capitals: "us" is no country either. French "turc" is.
- English names are found in articles of every language, others that are short in their own only: Turkish "Çin" is no
  English word, but its folded form might be.

Nothing is read before the first look-up; in a language what begins as the word is stemmed when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain

from digest import countries, resources, shapes
from digest.folding import fold
from digest.inflections import beginnings, is_form_of, is_inflected_behind
from digest.text import (
    Case,
    Form,
    Longer,
    Pattern,
    cuts,
    fits,
    head_of,
    heads_of,
    keys,
    stem_language,
    term_keys,
    words_of,
)

LONGEST = 16
"""Words in the longest name that is recognised, where every character is one; seven elsewhere."""

_CASES: tuple[Case, ...] = ("any", "capital", "upper")

_SHORT = 5
"""A foreign name of fewer letters is looked for in articles of its own language only."""

# Abbreviations that are words of some language in small letters. Typed so they are these words, and they are found in
# articles of the languages only that call the thing so.
_WORDS = frozenset(
    {"who", "au", "ice", "esa", "ira", "mit", "sec", "dea", "cas", "fed", "rok", "wm", "em", "wk", "ek", "jo"}
)

# Foreign names that are words or other names elsewhere (German Island, French Maurice): of their own language only.
_OTHERS = frozenset(
    {"colonia", "columbia", "dominique", "florencia", "granada", "grenade", "island", "salvador"}
    | {"maurice", "maurici", "mauricio"}
)

# Names, or words of them, that have another meaning when inflected ("US opens", Arabic sport beside Riyadh) or whose
# stem is another word (Italian siriano: Sir).
_UNINFLECTED = frozenset({"open", "siriano", fold("الرياض")})

_AS_ENGLISH = ("ja", "zh")
"""Texts in these are no other language's to the stemmers."""

_ENGLISH_ONLY = frozenset[str]()
"""No languages besides."""

# Names in other languages; with a capital Island is still taken for German Iceland.
_ENGLISH = frozenset({"fine", "grenade", "grenades", "island", "islands"})

# Words that are a name only with a capital letter: found in that spelling even when they are typed as a name.
_COMMON_NOUNS = frozenset(
    {"turkey", "china", "polish", "chad", "guinea", "jordan", "chile", "danish", "swede", "brazil", "fed", "cologne"}
    | {"mars", "mali", "malta", "peru"}
)


def recognise(words: Sequence[str], languages: frozenset[str], *, any_case: bool = False) -> tuple[str, int] | None:
    """What the words begin with the name of, as the key of its entry (of a country its code), and how many of the
    words name it; the longest name counts.

    With `any_case` the letter case tells nothing: "us" is the United States, "WHO" is not the organisation.
    """
    if any_case and fold(words[0]) in _WORDS:
        return None
    cases = [case for case in _CASES if any_case or fits(words[0], case)]
    asked = [(language, _indices(words[0], language), stem_language(language)) for language in _asked(languages)]
    for size in range(min(LONGEST, len(words)), 0, -1):
        for language, indices, stems in asked:
            firsts, *others = (keys(word, stems)[1:] for word in words[:size])
            rest = [readings[0] for readings in others]
            for first in firsts:  # "and Turkey" is one word in Arabic
                name = " ".join((first, *rest))
                for case in cases:
                    entry = _entry(indices, _filed(case, name))
                    if entry and (size > 1 or _is_typed_so(words[0], entry, language)):
                        return entry, size
    return None


def entry_of(name: str, languages: frozenset[str]) -> str | None:
    """What all of the words name."""
    words = words_of(name)
    found = recognise(words, languages, any_case=name == name.lower())
    return found[0] if found and found[1] == len(words) else None


@lru_cache(maxsize=4_096)
def patterns(entry: str, languages: frozenset[str]) -> tuple[Pattern, ...]:
    """Every way in which it may stand in an article, in English and the languages given."""
    found: dict[Pattern, None] = {}
    for language in _asked(languages):
        for name in _all_names(entry, language):
            found[_pattern(name, language)] = None
            found.update(dict.fromkeys(_with_number_apart(name, language)))
    return _apart(entry, _merged(found))


def is_country(entry: str) -> bool:
    return entry in countries.CODES


def is_person(entry: str) -> bool:
    """Whether an entry is somebody: its key is then the full name, with a space in it."""
    return " " in entry


def is_called_in_full(entry: str) -> bool:
    """Whether it is somebody whom nobody knows by one name: "Johnson" may be anybody."""
    return is_person(entry) and all(len(words_of(name)) > 1 for name in listed(entry, "en")[0])


def is_in_capitals(name: str, languages: frozenset[str]) -> bool:
    """Whether something goes by this in capitals only: its small form may be another word, in some language."""
    words = words_of(name)
    return len(words) == 1 and any(
        _entry(_indices(words[0], language), _filed("upper", keys(words[0], stem_language(language))[1]))
        for language in _asked(languages)
    )


def is_common_noun(name: str) -> bool:
    """Whether a name in small letters is an ordinary word, in English or another language (Turkish "mali")."""
    return fold(name) in _COMMON_NOUNS


def as_typed(entry: str, pattern: Pattern, words: Sequence[str]) -> Pattern:
    """The pattern of an entry's name, as it was typed: neither what begins otherwise nor what is something else."""
    if len(pattern) == 1:
        pattern = (pattern[0]._replace(shape=_Begins(tuple(_spellings(words[0])))),)
    return _apart(entry, [pattern])[0]


def entries() -> tuple[str, ...]:
    """The keys of the gazetteer."""
    return tuple(_blocks())


def listed(entry: str, language: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of an entry of the gazetteer in a language, and those that articles only call it by."""
    block = _blocks().get(entry, b"")
    names, _, others = _line(block, language).partition("|")
    full = (entry,) if language == "en" and is_person(entry) else ()
    return tuple(dict.fromkeys((*_split(names), *full))), _split(others)


def members(entry: str) -> tuple[str, ...]:
    """The entries of the countries that a part of the world is made of, or that are heirs of a state that is no more;
    none where it is no such thing.
    """
    return tuple(_line(_blocks().get(entry, b""), "of").split())


@lru_cache(maxsize=512)
def patterns_within(entry: str, languages: frozenset[str]) -> tuple[Pattern, ...]:
    """Every way in which what lies in a country or a part of the world, and who leads it, may stand in an article:
    a strike in Italy is one in Europe, a siege of Aleppo one in Syria, a visit of Putin's one of Russia's. None for
    what is neither.
    """
    if of := members(entry):
        ways = chain.from_iterable((*patterns(each, languages), *patterns_within(each, languages)) for each in of)
        return tuple(dict.fromkeys(ways))
    found: dict[Pattern, None] = {}
    for name in (*_within().get(entry, ()), *_leaders().get(entry, ())):
        known = entry_of(name, _ENGLISH_ONLY)
        found.update(dict.fromkeys(patterns(known, languages) if known else [_pattern(name, "en")]))
    return _apart(entry, _merged(found))


def _is_typed_so(word: str, entry: str, language: str) -> bool:
    """Whether a single word is a form of a name of the entry, and begins as that must in articles: an Oscar is no
    Oscars. An English word is no foreign name.
    """
    if language != "en" and fold(word) in _ENGLISH and word != "Island":
        return False
    names = countries.names(language).get(entry, ()) if is_country(entry) else listed(entry, language)[0]
    single = (cut[0] for cut in (words_of(name, language) for name in names) if len(cut) == 1)
    alike = (name for name in single if is_form_of(word, name, language))
    shapes = (_beginning(name, language) if _case(name) == "capital" else None for name in alike)
    return any(shape is None or bool(shape([word])) for shape in shapes)


# --- how a name stands in articles ----------------------------------------------------------------------------------


def _asked(languages: frozenset[str]) -> list[str]:
    return ["en", *sorted(languages - {"en"})]


def _all_names(entry: str, language: str) -> Iterable[str]:
    if is_country(entry):
        return (*countries.names(language).get(entry, ()), *countries.capitals(language).get(entry, ()))
    return chain.from_iterable(listed(entry, language))


@dataclass(frozen=True, slots=True)
class _Begins:
    """A shape: words that begin as a name does. Other words may have its stem: French Crimée that of crime."""

    beginnings: tuple[str, ...]

    def __call__(self, words: Collection[str]) -> list[str]:
        return [word for word in words if fold(word).startswith(self.beginnings)]


def _merged(found: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """Patterns of one word that differ in their keys only become one: the fewer there are, the faster is matching."""
    single: dict[tuple[Case, Longer | None, bool], list[Form]] = {}
    for pattern in found:
        if len(pattern) == 1:
            kind = pattern[0].case, pattern[0].unless, pattern[0].shape is None
            single.setdefault(kind, []).append(pattern[0])
    return (*((_one_of(forms),) for forms in single.values()), *(pattern for pattern in found if len(pattern) > 1))


def _one_of(forms: Sequence[Form]) -> Form:
    shapes = [form.shape for form in forms if isinstance(form.shape, _Begins)]
    return forms[0]._replace(
        keys=tuple(dict.fromkeys(chain.from_iterable(form.keys for form in forms))),
        shape=_Begins(tuple(dict.fromkeys(chain.from_iterable(shape.beginnings for shape in shapes))))
        if shapes
        else None,
    )


@dataclass(frozen=True, slots=True)
class _Longer:
    """Names in which one of an entry stands, or that look like one, and that name something else."""

    entry: str

    def __call__(self, language: str) -> tuple[Pattern, ...]:
        return _longer(self.entry, language)


@lru_cache(maxsize=1_024)
def _longer(entry: str, languages: str) -> tuple[Pattern, ...]:
    """Those of the languages in which fields are stemmed; not what is a name of the entry, too (Congo)."""
    block = _longer_names()[entry]
    found: dict[Pattern, None] = {}
    as_written: list[Pattern] = []
    for language in dict.fromkeys(("en", *_AS_ENGLISH, *languages.split())):
        own = set(map(fold, _all_names(entry, language)))
        of_others = chain.from_iterable(_all_names(other, language) for other in _split(_line(block, "not")))
        found.update(dict.fromkeys(_pattern(name, language) for name in of_others if fold(name) not in own))
        as_written += map(_as_written, _split(_line(block, language)))
    return (*_merged(found), *as_written)


def _as_written(words: str) -> Pattern:
    """In no other form and letter case."""
    return tuple(Form((f"={fold(word)}",), shape=shapes.cased(word)) for word in words_of(words))


def _apart(entry: str, found: Iterable[Pattern]) -> tuple[Pattern, ...]:
    """Patterns of an entry's names, told apart from longer ones where that is not done yet."""
    if entry not in _longer_names():
        return tuple(found)
    longer = _Longer(entry)
    return tuple((each[0]._replace(unless=each[0].unless or longer), *each[1:]) for each in found)


def _pattern(name: str, language: str) -> Pattern:
    words = words_of(name, language)
    if len(words) == 1 and fold(words[0]) in _UNINFLECTED:
        return (_uninflected(words[0]),)
    if len(words) == 1:
        shape = _beginning(words[0], language) if _case(words[0]) == "capital" or language == "tr" else None
        return (_form(words[0], language)._replace(shape=shape),)
    return tuple(_uninflected(word) if fold(word) in _UNINFLECTED else _form(word, language) for word in words)


def _with_number_apart(name: str, language: str) -> Iterator[Pattern]:
    """G20 as G-20 and G 20."""
    for cut in cuts(name, [stem_language(language)])[1:]:
        if len(cut) > 1:
            yield tuple(_form(word, language) for word in cut)


def _uninflected(word: str) -> Form:
    return Form((f"={fold(word)}",), _case(word))


def _form(word: str, language: str) -> Form:
    found = term_keys(word, [stem_language(language)])
    folded = fold(word)
    own_only = folded in _WORDS or folded in _OTHERS
    everywhere = not own_only and (language == "en" or (len(folded) > _SHORT and not word[0].islower()))
    return Form(found if everywhere else _of_language(found), _case(word))


def _beginning(name: str, language: str) -> _Begins | None:
    """With which letters every inflection of a name begins, where endings are put behind it."""
    if not is_inflected_behind(language):
        return None
    return _Begins(tuple(chain.from_iterable(beginnings(word, language) for word in _spellings(name))))


def _spellings(word: str) -> list[str]:
    return [key[1:] for key in term_keys(word, ())]


def _of_language(found: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(key for key in found if not key.startswith("="))


def _case(word: str) -> Case:
    if len(word) > 1 and word.isupper():
        return "upper"
    return "capital" if word[0].isupper() else "any"


# --- looking up -----------------------------------------------------------------------------------------------------


def _indices(word: str, language: str) -> list[Mapping[str, str]]:
    """Those that have what a word may begin the name of."""
    heads = heads_of(word, keys(word, stem_language(language))[1:], language)
    return [_index(language, head) for head in sorted(heads)]


def _entry(indices: Iterable[Mapping[str, str]], filed: str) -> str | None:
    return next((index[filed] for index in indices if filed in index), None)


@cache
def _index(language: str, head: str) -> Mapping[str, str]:
    """By the letter case of the first word and the stems of a name in one language: what is called so, of all that
    begins in the same way.
    """
    found: dict[str, str] = {}
    for entry, name in _begun(language).get(head, ()):
        words = words_of(name, language)
        for stems in _stems(words, language) if words else ():
            found.setdefault(_filed(_case(words[0]), stems), entry)
    return found


@cache
def _begun(language: str) -> Mapping[str, Sequence[tuple[str, str]]]:
    """By beginning entries and their names: a stem begins as its word does, and stemming is what takes time."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entry, name in _named(language):
        found.setdefault(head_of(name, language), []).append((entry, name))
    return found


def _filed(case: Case, stems: str) -> str:
    return f"{case[0]}{stems}"


def _named(language: str) -> Iterator[tuple[str, str]]:
    for entry, names in countries.names(language).items():
        yield from ((entry, name) for name in names)
    for entry in _blocks():
        yield from ((entry, name) for name in listed(entry, language)[0])


def _stems(words: Sequence[str], language: str) -> tuple[str, ...]:
    """Those of a name, of its last word those of its commonest forms: Turkish Suriyeli and Suriyeliler have two."""
    *others, last = (_of_language(term_keys(word, [stem_language(language)])) for word in words)
    return tuple(" ".join((*(of_word[0] for of_word in others), stem)) for stem in last)


# --- the files ------------------------------------------------------------------------------------------------------


@cache
def _blocks() -> Mapping[str, bytes]:
    """The entries as written, comments gone."""
    return _parted(resources.gazetteer())


@cache
def _longer_names() -> Mapping[str, bytes]:
    """By entry what has one of its names in it and is something else."""
    return _parted(resources.longer_names())


def _parted(text: str) -> dict[str, bytes]:
    """By key the lines of each block; as bytes, since half the scripts take twice the room as strings."""
    blocks: dict[str, list[str]] = {}
    key = ""
    for line in text.splitlines():
        if line[:1].isspace():
            blocks[key].append(line.strip())
        elif line and not line.startswith("#"):
            key = line
            blocks[key] = [""]
    return {key: "\n".join(lines).encode() for key, lines in blocks.items()}


@cache
def _within() -> Mapping[str, tuple[str, ...]]:
    """By the code of a country what stands for it."""
    return _by_country(resources.within_countries())


@cache
def _leaders() -> Mapping[str, tuple[str, ...]]:
    """By the code of a country who stands for it: names of persons, and of nothing else in the gazetteer."""
    return _by_country(resources.leaders())


def _by_country(text: str) -> dict[str, tuple[str, ...]]:
    lines = (line.partition(" ") for line in text.splitlines() if line[:1].isupper())
    return {code: _split(names) for code, _, names in lines}


def _line(block: bytes, language: str) -> str:
    start = block.find(f"\n{language} ".encode())
    return block[start + len(language) + 2 :].partition(b"\n")[0].decode() if start >= 0 else ""


def _split(names: str) -> tuple[str, ...]:
    return tuple(name for part in names.split(",") if (name := part.strip()))
