"""What we ask of CLDR, without most of what Babel keeps of it: 1 MB a language, and 2 MB to tell languages apart.

Of a language in which mails are written, a tenth stays: dates, times, numbers and plurals. Of others nothing does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babel import Locale

_UNASKED = (
    *("unit_patterns", "unit_display_names", "compound_unit_patterns", "meta_zones", "time_zones", "languages"),
    *(
        "scripts",
        "variants",
        "date_fields",
        "interval_formats",
        "compact_decimal_formats",
        "compact_currency_formats",
    ),
    *("currency_names", "currency_names_plural", "currency_symbols", "currency_formats"),
)
_UNASKED_OF_ALL = (
    *("territory_languages", "territory_currencies", "territory_zones", "zone_territories", "windows_zone_mapping"),
    *("meta_zones", "all_currencies", "currency_fractions"),
)


def locale(code: str) -> Locale:
    """How dates, times, numbers and plurals are written in a language: `de`, `pt-BR`.

    Raises LookupError for what is no language that CLDR knows.
    """
    from babel import Locale, UnknownLocaleError

    try:
        found = Locale.parse(code, sep="-")
        found.character_order  # noqa: B018 - has it read the language
    except (UnknownLocaleError, ValueError) as error:
        raise LookupError(code) from error
    _forget()
    return found


def direction(code: str) -> str | None:
    """Whether a language is written `left-to-right` or `right-to-left`; None for what is no language."""
    with _nothing_kept():
        try:
            return locale(code).character_order
        except LookupError:
            return None


def territories(identifier: str) -> Mapping[str, str]:
    """Code → what a language, or a language in a script (`zh_Hant`), calls a country; nothing for no language."""
    from babel import Locale, UnknownLocaleError

    with _nothing_kept():
        try:
            return dict(Locale.parse(identifier).territories)
        except (UnknownLocaleError, ValueError):
            return {}


# Babel has no way to have something forgotten, hence its own names.


def _forget() -> None:
    from babel import core, localedata

    for data in list(localedata._cache.values()):  # noqa: SLF001
        for key in _UNASKED:
            data.pop(key, None)
    of_all: dict[str, Any] = core._global_data or {}  # type: ignore[assignment] # noqa: SLF001
    for key in _UNASKED_OF_ALL:
        of_all.pop(key, None)


@contextmanager
def _nothing_kept() -> Iterator[None]:
    from babel import localedata

    kept = localedata._cache  # noqa: SLF001
    before = {*kept}
    try:
        yield
    finally:
        for name in set(kept) - before - {"root"}:
            kept.pop(name, None)
        _forget()
