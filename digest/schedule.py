"""When editions are due: schedules, slots in local time, and what to do about a slot that was missed.

A `Schedule` and a time zone name a set of instants, the slots. Everything here is a function of stored values and of
instants that come in as arguments; all instants are aware UTC, and all arithmetic is done in UTC.

The slots of each kind:

`daily HH:MM`, and days of the week with a time
    One per local day (of those named): the first instant of that day at which the clock on the wall shows HH:MM or
    later. So a time that occurs twice (clocks set back) is taken the first time, and a time that is skipped (clocks
    set forward) is taken at the first instant after the gap. Where the gap runs up to midnight that instant has the
    next day's date, but the slot is still the one of the day before. A day that a zone left out altogether (Samoa, 30
    December 2011) has no slot.
`hourly`
    Each full hour of UTC.
`cron: M H D M W`
    What cronsim gives in the zone, which is what Debian's cron does: an expression with fixed minutes and hours is
    treated like a daily time; one whose minute or hour starts with `*` goes by elapsed time, so it skips what the
    clocks skip and repeats what they repeat. Sunday is 0 and 7.
`instant`
    No slots: due at every look.

Slots that were missed (the rules of `due`):

1. Of several slots missed, only the latest counts; the edition for it holds what the others would have held.
2. A slot is on time for 75 minutes: an hour, so that somebody who runs `digest once` from an hourly cron is never
   late, and a quarter, because such runs begin unevenly.
3. Later than that, `late: skip` passes it over, and `late: send` still serves it within twelve hours, or within half
   of the distance to the next slot where that is longer (a weekly digest may come three and a half days late).
4. Nothing is lost with a slot that is passed over: editions are chosen against what was sent, so the next one has it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from itertools import takewhile
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from digest.errors import ScheduleError
from digest.settings import Schedule

ON_TIME = timedelta(minutes=75)
LATE_LIMIT = timedelta(hours=12)

_EXPECTED = "instant, hourly, daily 07:30, weekdays 07:30, mon,thu 18:00, mon-fri 07:30 or cron: 0 7 1 * *"
_EXPECTED_TIME = "a time from 00:00 to 23:59"
_EXPECTED_ZONE = 'a name of the IANA time zone database, such as "Europe/Istanbul"'
_WITHOUT_SUMMER = {
    "EST": "America/New_York or America/Panama",
    "MST": "America/Denver or America/Phoenix",
    "HST": "Pacific/Honolulu",
}
"""Names of the database that are taken for what whole regions go by."""
_LONGEST = 200
"""Characters of a schedule; more is a mistake, and int() would refuse to read a number of thousands of digits."""

_DAY_NAMES = (
    ("mon", "monday"),
    ("tue", "tues", "tuesday"),
    ("wed", "weds", "wednesday"),
    ("thu", "thur", "thurs", "thursday"),
    ("fri", "friday"),
    ("sat", "saturday"),
    ("sun", "sunday"),
)
_DAYS = {
    "daily": frozenset(range(7)),
    "weekdays": frozenset(range(5)),
    "weekends": frozenset((5, 6)),
    **{name: frozenset((day,)) for day, names in enumerate(_DAY_NAMES) for name in names},
}
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_TIME_MISWRITTEN = re.compile(r"([01]?[0-9]|2[0-3])(?:[.:h]?([0-5][0-9]))? ?([ap]m|h)?")

_CRON_FIELDS = {
    "minute": "0-59",
    "hour": "0-23",
    "day-of-month": "1-31, L or LW",
    "month": "1-12 or jan-dec",
    "day-of-week": "0-7 (0 and 7 are Sunday) or sun-sat",
}
_CRON_MACROS = {"@hourly": "hourly", "@daily": "daily 00:00", "@midnight": "daily 00:00", "@weekly": "sun 00:00"}
_CRON_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

_DAYS_LOOKED_AT = 16
"""Far enough for a day of the week although the nearest one is a day that its zone left out."""
_LOOK_BACK = tuple(timedelta(hours=hours) for hours in (1, 10, 4 * 24, 40 * 24, 400 * 24))
"""Windows in which the latest slot of a cron expression is looked for: small ones first, as busy ones have many."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """What is to be done for a subscription whose due time has come."""

    slot_at: datetime
    """The slot that this is about; of several missed ones the latest."""
    action: Literal["compose", "skip_late", "move"]
    """`compose` the edition of the slot; `skip_late`: pass the slot over by the catch-up rule; `move`: there was no
    slot (the schedule or the rules of the zone have changed since the due time was stored), only move on."""
    next_due_at: datetime | None
    """To be stored; None when the schedule never comes again."""


# --- reading what the operator writes -------------------------------------------------------------------------------


def parse(text: str) -> Schedule:
    """Read a schedule; case and extra blanks do not matter. Raises ScheduleError."""
    if len(text) > _LONGEST:
        raise ScheduleError(f"a schedule of {len(text)} characters", expected=_EXPECTED)
    plain = " ".join(text.lower().split())
    if plain in ("instant", "hourly"):
        return Schedule(text=text, kind="instant" if plain == "instant" else "hourly")
    if plain.startswith("cron:"):
        return Schedule(text=text, kind="cron", cron=_read_cron(plain.removeprefix("cron:")))
    return _read_daily(text, plain)


def _read_daily(text: str, plain: str) -> Schedule:
    first_digit = re.search(r"[0-9]|$", plain)
    assert first_digit is not None, "the end always matches"
    words, time = plain[: first_digit.start()].strip(), plain[first_digit.start() :]
    if not words:
        wanted = f"cron: {time}" if len(time.split()) == 5 else "daily 07:30"
        raise ScheduleError(f"the schedule {text!r} names no days", expected=_EXPECTED, hint=f'write "{wanted}"')
    days = _read_days(re.sub(r" ?([,-]) ?", r"\1", words))
    hour, minute = _read_time(text, time)
    return Schedule(text=text, kind="daily", hour=hour, minute=minute, days=days)


def _read_days(words: str) -> frozenset[int]:
    days: set[int] = set()
    for part in words.split(","):
        first, dash, last = part.partition("-")
        if dash:
            start, end = _read_single_day(first), _read_single_day(last)
            days.update((start + n) % 7 for n in range((end - start) % 7 + 1))
        else:
            days |= _named_days(first)
    return frozenset(days)


def _read_single_day(word: str) -> int:
    days = _named_days(word)
    if len(days) > 1:
        raise ScheduleError(f'"{word}" in a range of days', expected="a single day at either end, such as mon-fri")
    return min(days)


def _named_days(word: str) -> frozenset[int]:
    if word in _DAYS:
        return _DAYS[word]
    if word in ("instant", "hourly"):
        raise ScheduleError(f'"{word}" takes no time', expected=_EXPECTED, hint=f'write "{word}"')
    if known := [name for name in word.split() if name in _DAYS]:  # "mon thu", "daily at"
        hint = f'write "{",".join(known)}"'
    else:
        near = get_close_matches(word, [*_DAYS, "instant", "hourly", "cron:"], n=1)
        hint = f'did you mean "{near[0]}"?' if near else ""
    raise ScheduleError(f"unknown word {word!r} in the schedule", expected=_EXPECTED, hint=hint)


def _read_time(text: str, time: str) -> tuple[int, int]:
    if match := _TIME.fullmatch(time):
        return int(match[1]), int(match[2])
    if not time:
        raise ScheduleError(
            f"the schedule {text!r} has no time", expected=_EXPECTED_TIME, hint=f'write "{text} 07:30"'
        )
    raise ScheduleError(f"unknown time {time!r} in the schedule", expected=_EXPECTED_TIME, hint=_hint_for_time(time))


def _hint_for_time(time: str) -> str:
    if time == "24:00":
        return 'midnight is "00:00", the start of the day'
    if re.search("[0-9] ?(,|and|&) ?[0-9]", time):
        return 'for several times a day write "cron: 0 7,18 * * *"'
    match = _TIME_MISWRITTEN.fullmatch(time)
    if not match:
        return ""
    hour = int(match[1])
    if match[3] in ("am", "pm"):
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return f'did you mean "{hour:02}:{match[2] or "00"}"?'


def _read_cron(text: str) -> str:
    fields = text.split()
    expression = " ".join(fields)
    if len(fields) != len(_CRON_FIELDS):
        raise ScheduleError(
            f'the cron expression "{expression}" has {len(fields)} field{"" if len(fields) == 1 else "s"}',
            expected="five: " + ", ".join(_CRON_FIELDS),
            hint=_hint_for_fields(fields),
        )
    try:
        comes = next(CronSim(expression, _CRON_EPOCH), None)
    except CronSimError as error:
        name = str(error).removeprefix("Bad ")
        raise ScheduleError(
            f'the field {name} of the cron expression "{expression}" cannot be read or never comes',
            expected=_CRON_FIELDS.get(name, ""),
        ) from None
    if comes is None:
        raise ScheduleError(f'the cron expression "{expression}" never comes', expected="one that a calendar has")
    return expression


def _hint_for_fields(fields: list[str]) -> str:
    if len(fields) == 1 and fields[0] in _CRON_MACROS:
        return f'write "{_CRON_MACROS[fields[0]]}"'
    return "leave out the seconds" if len(fields) == 6 else ""


# --- time zones -----------------------------------------------------------------------------------------------------


def check_timezone(name: str) -> None:
    """Refuse what is no name of the IANA database. Raises ScheduleError with the nearest names."""
    if name in _WITHOUT_SUMMER:
        message = f"the time zone {name!r} has no summer time"
        raise ScheduleError(message, expected=_EXPECTED_ZONE, hint=f"did you mean {_WITHOUT_SUMMER[name]}?")
    _zone(name)


@cache
def _zone(name: str) -> ZoneInfo:
    # Files that stand beside the database: copies with other ideas of leap seconds, placeholders, and the zone of
    # whatever machine this is.
    if not name.startswith(("posix/", "right/")) and name not in ("Factory", "localtime", "posixrules"):
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):  # unknown; no zone file or not a clean path; a folder or too long
            pass
    near = _nearest_zones(name)
    hint = f"did you mean {' or '.join(near)}?" if near else ""
    raise ScheduleError(f"unknown time zone {name[:60]!r}", expected=_EXPECTED_ZONE, hint=hint) from None


def _nearest_zones(name: str) -> list[str]:
    names = _zones_by_word()
    if re.search("[+-]?[0-9]", name):  # an offset: UTC is not what "UTC+3" means
        return []
    words = get_close_matches(name[:60].strip().lower().replace(" ", "_"), names, n=3, cutoff=0.75)
    return list(dict.fromkeys(zone for word in words for zone in names[word]))[:3]


@cache
def _zones_by_word() -> dict[str, list[str]]:
    """Full names, and cities alone, in lower case, and the zones they stand for.

    Only region/city names are worth proposing: "PST" is near to "EST" and "MST", and both are wrong.
    """
    words: dict[str, list[str]] = {"utc": ["UTC"]}
    for zone in sorted(available_timezones()):
        if "/" in zone and not zone.startswith("Etc/"):
            words[zone.lower()] = [zone]
            words.setdefault(zone.lower().rpartition("/")[2], []).append(zone)
    return words


# --- slots ----------------------------------------------------------------------------------------------------------


def next_slot(schedule: Schedule, timezone: str, after: datetime) -> datetime | None:
    """The first slot strictly after an instant. None for `instant`, and for a cron expression that never comes again.

    Raises ScheduleError for an unknown time zone.
    """
    assert after.tzinfo is not None, "an instant has a zone"
    if schedule.kind == "daily":
        slots = _daily_slots(schedule, _zone(timezone), after, step=1)
        return next((slot for slot in slots if slot > after), None)
    if schedule.kind == "hourly":
        return _full_hour(after) + timedelta(hours=1)
    if schedule.kind == "cron":
        return next(_cron_slots(schedule, _zone(timezone), after), None)
    return None


def latest_slot(schedule: Schedule, timezone: str, until: datetime) -> datetime | None:
    """The last slot at or before an instant. None for `instant`, and when a cron expression had none for 400 days.

    Raises ScheduleError for an unknown time zone.
    """
    assert until.tzinfo is not None, "an instant has a zone"
    if schedule.kind == "daily":
        slots = _daily_slots(schedule, _zone(timezone), until, step=-1)
        return next((slot for slot in slots if slot <= until), None)
    if schedule.kind == "hourly":
        return _full_hour(until)
    if schedule.kind == "cron":
        return _latest_cron_slot(schedule, _zone(timezone), until)
    return None


def _full_hour(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _daily_slots(schedule: Schedule, zone: ZoneInfo, around: datetime, *, step: Literal[1, -1]) -> Iterator[datetime]:
    """Slots day by day from the instant's local day on, forward or back.

    Going back starts a day later: where clocks go back over midnight, tomorrow's slot may have been before a second
    occurrence of today. Forward there is no such case: once the wall shows a day, the slots of earlier ones are past.
    """
    day = around.astimezone(zone).date()
    if step == -1:
        day += timedelta(days=1)
    for _ in range(_DAYS_LOOKED_AT):
        if day.weekday() in schedule.days and (slot := _slot_of_day(schedule.hour, schedule.minute, zone, day)):
            yield slot
        day += timedelta(days=step)


@lru_cache(maxsize=4096)  # subscribers by the thousand share a time and a zone
def _slot_of_day(hour: int, minute: int, zone: ZoneInfo, day: date) -> datetime | None:
    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)
    instant = wall.astimezone(UTC)  # `fold` is 0: the first of two
    # Two datetimes of one zone compare by what the wall shows: they differ when the wall never shows this time.
    return instant if instant.astimezone(zone) == wall else _end_of_gap(wall, zone)


def _end_of_gap(skipped: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant at which the clocks jumped over a wall-clock time; None when they jumped over its whole day.

    In a gap `fold` 1 reads the time with the offset that holds afterwards, `fold` 0 with the one before (PEP 495), so
    the change lies between the two instants.
    """
    early, late = skipped.replace(fold=1).astimezone(UTC), skipped.astimezone(UTC)
    seconds = bisect_left(
        range(int((late - early).total_seconds())),
        True,
        key=lambda n: (early + timedelta(seconds=n)).astimezone(zone) > skipped,
    )
    change = early + timedelta(seconds=seconds)
    shown = {instant.astimezone(zone).date() for instant in (change - timedelta(seconds=1), change)}
    return change if skipped.date() in shown else None


def _cron_slots(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The slots of a cron expression, each later than the one before.

    cronsim starts from what the wall shows: in an hour that occurs twice it may begin with a time of the first pass,
    which is over; that is left out here.
    """
    for wall in CronSim(schedule.cron, after.astimezone(zone)):
        instant: datetime = wall.astimezone(UTC)
        if instant > after:
            yield instant
            after = instant


def _latest_cron_slot(schedule: Schedule, zone: ZoneInfo, until: datetime) -> datetime | None:
    # Forward through a window, not backward with cronsim: that way both directions give the same slots around changes
    # of clocks.
    for window in _LOOK_BACK:
        slots = takewhile(lambda slot: slot <= until, _cron_slots(schedule, zone, until - window))
        if last := deque(slots, maxlen=1):
            return last[0]
    return None


# --- decisions ------------------------------------------------------------------------------------------------------


def due(
    schedule: Schedule, timezone: str, *, next_due_at: datetime, now: datetime, late: Literal["send", "skip"]
) -> Due | None:
    """What to do for a subscription, given its stored due time. None when that has not come.

    Applied once per due time: the caller stores `next_due_at`, always the first slot after `now`, with the outcome.
    """
    if now < next_due_at:
        return None
    if schedule.kind == "instant":
        return Due(slot_at=now, action="compose", next_due_at=now)
    slot, following = latest_slot(schedule, timezone, now), next_slot(schedule, timezone, now)
    if slot is None or slot < next_due_at:
        return Due(slot_at=next_due_at, action="move", next_due_at=following)
    served = now - slot <= _longest_wait(slot, following, late)
    return Due(slot_at=slot, action="compose" if served else "skip_late", next_due_at=following)


def _longest_wait(slot: datetime, following: datetime | None, late: Literal["send", "skip"]) -> timedelta:
    if late == "skip":
        return ON_TIME
    return max(LATE_LIMIT, (following - slot) / 2) if following else LATE_LIMIT


def settle(schedule: Schedule, timezone: str, *, next_due_at: datetime | None, now: datetime) -> datetime | None:
    """The due time that should be stored: to be asked at start, after a reload, and when the clock was set back.

    Normally the stored one, a missed one included. The first slot after `now` instead when there is none yet, when
    the stored one is no slot (the schedule, the zone or the zone's rules have changed), and when the stored one is
    later, because it was computed while the clock was ahead. `now` for `instant`; None when the schedule never comes.
    """
    if schedule.kind == "instant":
        return now
    upcoming = next_slot(schedule, timezone, now)
    if next_due_at is None or latest_slot(schedule, timezone, next_due_at) != next_due_at:
        return upcoming
    return min(next_due_at, upcoming) if upcoming else next_due_at
