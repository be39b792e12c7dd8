"""Dates as feeds write them. Each row was seen in a feed, or is the same thing in another language."""

# ruff: noqa: RUF001 - letters of other scripts are what this is about

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import dates

NOON = "2026-11-18T12:30:00+00:00"

DATES = {
    # --- the standards
    "Wed, 18 Nov 2026 12:30:00 GMT": NOON,
    "Wed, 18 Nov 2026 12:30:00 +0000": NOON,
    "Wed, 18 Nov 2026 12:30:00 Z": NOON,
    "18 Nov 2026 12:30 UT": NOON,
    "18 Nov 26 12:30:00 GMT": NOON,
    "18 Nov 96 12:30:00 GMT": "1996-11-18T12:30:00+00:00",
    "2026-11-18T12:30:00Z": NOON,
    "2026-11-18T14:30:00+02:00": NOON,
    "2026-11-18T12:30:00.123Z": "2026-11-18T12:30:00.123000+00:00",
    "20261118T123000Z": NOON,
    "2026-11-18": "2026-11-18T00:00:00+00:00",
    "2026-11": "2026-11-01T00:00:00+00:00",
    "2026": "2026-01-01T00:00:00+00:00",
    # --- nearly the standards
    "2026-11-18 12:30:00": NOON,
    "2026-11-18 12:30:00 UTC": NOON,
    "2026/11/18 12:30": NOON,
    "Wednesday, 18 November 2026 12:30:00 GMT": NOON,
    "Wed,18 Nov 2026 12:30:00 GMT": NOON,
    "Wed Nov 18 12:30:00 2026": NOON,
    "Wed Nov 18 13:30:00 CET 2026": NOON,
    "Wed Nov 18 2026 13:30:00 GMT+0100 (Central European Standard Time)": NOON,
    "November 18, 2026 12:30 PM": NOON,
    "November 18th, 2026, 12:30 p.m. GMT": NOON,
    "Nov 18, 2026 7:30am EST": NOON,
    "18 Nov 2026 12:30 AM": "2026-11-18T00:30:00+00:00",
    "18-Nov-2026 12:30:00": NOON,
    "Wed, 18 Nov 2026": "2026-11-18T00:00:00+00:00",
    "Wed, 18 Nov 2026 24:00:00 GMT": "2026-11-19T00:00:00+00:00",
    "Thu, 31 Dec 2026 23:59:60 GMT": "2027-01-01T00:00:00+00:00",
    "1795005000": NOON,
    "1795005000000": NOON,
    # --- zones that feedparser takes for UTC
    "Wed, 18 Nov 2026 13:30:00 CET": NOON,
    "Wed, 18 Nov 2026 14:30:00 CEST": NOON,
    "Wed, 18 Nov 2026 13:30:00 MEZ": NOON,
    "Wed, 18 Nov 2026 14:30:00 EET": NOON,
    "Wed, 18 Nov 2026 15:30:00 EEST": NOON,
    "Wed, 18 Nov 2026 15:30:00 MSK": NOON,
    "Wed, 18 Nov 2026 15:30:00 TRT": NOON,
    "Wed, 18 Nov 2026 18:00:00 IST": NOON,
    "Wed, 18 Nov 2026 13:30:00 BST": NOON,
    "Wed, 18 Nov 2026 21:30:00 JST": NOON,
    "Wed, 18 Nov 2026 23:30:00 AEDT": NOON,
    "Wed, 18 Nov 2026 16:00:00 IRST": NOON,
    "Wed, 18 Nov 2026 07:30:00 EST": NOON,
    "Wed, 18 Nov 2026 08:30:00 EDT": NOON,
    "Wed, 18 Nov 2026 04:30:00 PST": NOON,
    "Wed, 18 Nov 2026 13:30:00 GMT+1": NOON,
    "Wed, 18 Nov 2026 13:30:00 UTC+01:00": NOON,
    "Wed, 18 Nov 2026 12:30:00 XYZ": NOON,  # nobody knows it, and hours do not matter much
    # --- other languages
    "Mi, 18 Nov 2026 13:30:00 +0100": NOON,
    "Mittwoch, 18. November 2026 um 13:30 Uhr MEZ": NOON,
    "Do, 18 Dez 2025 12:30:00 GMT": "2025-12-18T12:30:00+00:00",
    "Mo, 02 Mär 2026 10:00:00 GMT": "2026-03-02T10:00:00+00:00",
    "18.11.2026 12:30": NOON,
    "18.11.2026, 12:30 Uhr": NOON,
    "mer., 18 nov. 2026 13:30:00 +0100": NOON,
    "mar. 3 févr. 2026 10:00": "2026-02-03T10:00:00+00:00",
    "mar 3 mar 2026 10:00": "2026-03-03T10:00:00+00:00",
    "mercredi 18 novembre 2026 à 12h30": NOON,
    "1er août 2026": "2026-08-01T00:00:00+00:00",
    "Çar, 18 Kas 2026 15:30:00 +0300": NOON,
    "18 Kasım 2026 Çarşamba 15:30 TRT": NOON,
    "Pzt, 02 Şub 2026 10:00:00 +0300": "2026-02-02T07:00:00+00:00",
    "mié, 18 nov 2026 12:30:00 GMT": NOON,
    "18 de noviembre de 2026": "2026-11-18T00:00:00+00:00",
    "Seg, 24 Set 2018 19:42:40 -0300": "2018-09-24T22:42:40+00:00",
    "mercoledì 18 novembre 2026 12:30": NOON,
    "Ср, 18 ноя 2026 15:30:00 +0300": NOON,
    "18 ноября 2026 г. 12:30": NOON,
    "środa, 18 listopada 2026 12:30": NOON,
    "woensdag 18 november 2026 12:30": NOON,
    "Τετ, 18 Νοε 2026 12:30:00 GMT": NOON,
    "2026年11月18日": "2026-11-18T00:00:00+00:00",
    "2026年11月18日 12:30": NOON,
    "2026年11月18日 12時30分": NOON,
    "2026년 11월 18일 오후 12:30": NOON,
    # --- either way round, and no dates
    "03/04/2026": None,
    "18/11/2026 12:30": NOON,
    "11/18/2026 12:30": NOON,
    "": None,
    "soon": None,
    "yesterday at noon": None,
    "12:30": None,
    "32 Nov 2026 12:30:00 GMT": None,
    "30 Feb 2026 12:30:00 GMT": None,
    "18 Nov 2026 25:00:00 GMT": None,
    "18 Nov 2026 12:75:00 GMT": None,
    "Wed, 18 Nov 2026 12:30:00 +9999": None,
    "I may not come before 2026": None,
    "Thu, 01 Jan 1970 00:00:00 GMT": None,
    "0001-01-01T00:00:00Z": None,
    "9999-12-31T23:59:59-12:00": None,
    "Mon, 01 Jan 3026 00:00:00 GMT": None,
    "١٨ نوفمبر ٢٠٢٦": "2026-11-18T00:00:00+00:00",
}


@pytest.mark.parametrize("written, instant", DATES.items())
def test_a_date_is_read_as_its_writer_meant_it(written: str, instant: str | None) -> None:
    assert dates.read(written) == (datetime.fromisoformat(instant) if instant else None)


@pytest.mark.parametrize("month", range(1, 13))
def test_no_month_is_another_ones_in_another_language(month: int) -> None:
    at = datetime(2026, month, 9, 12, 30, tzinfo=UTC)
    assert dates.read(at.strftime("%a, %d %b %Y %H:%M:%S +0000")) == at
    assert dates.read(at.strftime("%d %B %Y %H:%M")) == at


@given(st.text(max_size=60) | st.text("0123456789:+-/., TZnovjan年月日", max_size=40))
def test_whatever_is_written_is_a_date_in_utc_or_none(written: str) -> None:
    read = dates.read(written)
    assert read is None or (read.tzinfo is UTC and read.year in dates.YEARS)
