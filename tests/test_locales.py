"""CLDR, with little kept."""

# ruff: noqa: RUF001

from __future__ import annotations

from datetime import date, time

import pytest
from babel import localedata
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_decimal

from digest import locales


def test_a_language_has_its_dates_times_numbers_and_plurals() -> None:
    turkish, arabic = locales.locale("tr"), locales.locale("ar")
    assert format_date(date(2026, 11, 22), "full", locale=turkish) == "22 Kasım 2026 Pazar"
    assert format_skeleton("MMMEd", date(2026, 11, 22), locale=locales.locale("de")) == "So., 22. Nov."
    assert format_time(time(19, 30), "short", locale=locales.locale("en")) == "7:30\u202fPM"
    assert format_decimal(1234567.5, locale=locales.locale("pt-BR")) == "1.234.567,5"
    assert [arabic.plural_form(count) for count in (0, 1, 2, 3)] == ["zero", "one", "two", "few"]


def test_what_is_no_language_is_refused() -> None:
    for code in ("xx", "", "no language"):
        with pytest.raises(LookupError):
            locales.locale(code)
        assert locales.direction(code) is None
    assert locales.territories("xx") == {}


def test_a_language_has_its_countries_whether_or_not_mails_are_written_in_it() -> None:
    before = locales.territories("sv")
    locales.locale("sv")
    assert before == locales.territories("sv")
    assert before["TR"] == "Turkiet"
    assert locales.territories("zh_Hant")["US"] == "美國"


def test_nothing_is_kept_of_languages_that_no_mail_is_in() -> None:
    assert locales.direction("fa") == "right-to-left"
    assert locales.direction("fi") == "left-to-right"
    assert locales.territories("is")
    assert {"fa", "fi", "is"}.isdisjoint(localedata._cache)


def test_of_a_language_that_mails_are_in_only_what_they_need_is_kept() -> None:
    locales.locale("hu")
    assert {"languages", "unit_patterns", "time_zones"}.isdisjoint(localedata._cache["hu"])
