"""Exactly one daily slot per local day, in every zone and around every change of clocks from 2020 to 2040.

The oracle knows nothing of gaps and folds: it walks over UTC minute by minute and writes down what the clock on the
wall shows. A day's slot is the first minute at which it shows HH:MM, or, where it never does, the first minute at
which it shows more. Zones that keep the same clock around a change share one such walk.
"""

from __future__ import annotations

import logging
import random
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from digest.schedule import Due, due, latest_slot, next_slot, parse, settle
from digest.settings import Schedule

ZONES = sorted(available_timezones() - {"Factory", "localtime"})
SAMPLE = [
    "Africa/Cairo",  # midnight to one o'clock
    "Africa/Casablanca",  # four changes round Ramadan
    "America/Havana",
    "America/Nuuk",  # a gap up to midnight
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",  # two hours
    "Asia/Beirut",  # back over midnight
    "Asia/Gaza",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour
    "Europe/Berlin",
    "Europe/Dublin",
    "Pacific/Chatham",
    "UTC",
]
TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
Near = tuple[tuple[datetime, timedelta], ...]
"""Offsets, and the instants from which they hold."""
REACH = timedelta(hours=75)
"""To either side of a change: two local days and the one it falls on, and an hour or two."""


# --- the oracle -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Clock:
    """What the clock on the wall shows around one change, minute by minute.

    Wall times are counted in minutes, which is several times faster than comparing datetimes.
    """

    change: datetime
    walls: list[int]
    first_shown: dict[int, int]
    """Wall time: the index in `walls` of its first occurrence."""
    days: list[date]
    """The local days from two before to two after that of the change, those that exist."""

    @classmethod
    def walk(cls, zone: ZoneInfo, change: datetime) -> Clock:
        start, count = int((change - REACH).timestamp()), 2 * REACH // MINUTE
        shown = (datetime.fromtimestamp(start + 60 * n, zone) for n in range(count))
        walls = [wall.toordinal() * 1440 + wall.hour * 60 + wall.minute for wall in shown]
        first_shown = {wall: count - 1 - n for n, wall in enumerate(reversed(walls))}
        days = {wall // 1440 for wall in first_shown}
        middle = change.astimezone(zone).toordinal()
        near = [date.fromordinal(day) for day in range(middle - 2, middle + 3) if day in days]
        return cls(change, walls, first_shown, near)

    def slot(self, day: date, at: time) -> datetime:
        wanted = day.toordinal() * 1440 + at.hour * 60 + at.minute
        index = self.first_shown.get(wanted)
        if index is None:
            index = next(n for n, shown in enumerate(self.walls) if shown > wanted)
        return self.change - REACH + index * MINUTE

    def times(self) -> list[time]:
        """In and around the gap or fold: its edges, its middle, a minute to either side; and three constant ones."""
        index = REACH // MINUTE
        low, high = sorted((self.walls[index - 1] + 1, self.walls[index]))
        shown = {low - 1, low, low + 1, (low + high) // 2, high - 1, high, high + 1}
        around = {time(wall % 1440 // 60, wall % 60) for wall in shown}
        return sorted(around | {time(2, 30), time(0, 0), time(23, 59)})


def same_clocks(names: Iterable[str], first: int, last: int) -> dict[tuple[datetime, Near], list[str]]:
    """Zones by the change and what their clocks do near it. Without a change in those years: by some day in them."""
    found: dict[tuple[datetime, Near], list[str]] = defaultdict(list)
    for name in names:
        zone = ZoneInfo(name)
        changes = changes_of(zone, first, last)
        for change in changes or [datetime(first, 6, 15, 12, tzinfo=UTC)]:
            near = (change - REACH, *(at for at in changes if abs(at - change) < REACH))
            found[change, tuple((at, offset(zone, at)) for at in near)].append(name)
    return found


def offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    found = instant.astimezone(zone).utcoffset()
    assert found is not None
    return found


def changes_of(zone: ZoneInfo, first: int, last: int) -> list[datetime]:
    """The instants from which another offset holds, found by looking once a day and then closer."""
    found = []
    early, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    known = offset(zone, early)
    while early < end:
        late = early + DAY
        if (new := offset(zone, late)) != known:
            seconds = range(24 * 60 * 60 + 1)
            found.append(
                early
                + timedelta(
                    seconds=bisect_left(
                        seconds, True, key=lambda n: offset(zone, early + timedelta(seconds=n)) == new
                    )
                )
            )
            known = new
        early = late
    return found


# --- what must hold -------------------------------------------------------------------------------------------------


def daily(at: time) -> Schedule:
    return parse(f"daily {at:%H:%M}")


def check_slots(name: str, clock: Clock, at: time, random_instants: random.Random) -> int:
    """The chain of next slots is the oracle's, from wherever one starts; the latest slot agrees. Slots checked."""
    schedule = daily(at)
    slots = [clock.slot(day, at) for day in clock.days]
    assert all(one < other for one, other in pairwise(slots)), (name, at, slots)
    where = slots[0] - TICK
    for slot in slots:
        assert next_slot(schedule, name, where) == slot, (name, at, where)
        assert next_slot(schedule, name, slot - TICK) == slot, (name, at, slot)
        assert latest_slot(schedule, name, slot) == slot, (name, at, slot)
        if slot != slots[0]:
            assert latest_slot(schedule, name, slot - TICK) == where, (name, at, slot)
        where = slot
    span = int((slots[-1] - slots[0]).total_seconds())
    for instant in (slots[0] + timedelta(seconds=random_instants.randrange(span)) for _ in range(2)):
        place = bisect_right(slots, instant)
        assert next_slot(schedule, name, instant) == slots[place], (name, at, instant)
        assert latest_slot(schedule, name, instant) == slots[place - 1], (name, at, instant)
    return len(slots)


def check_outage(name: str, clock: Clock, at: time) -> None:
    """Down from two hours before a slot to three hours after: one decision, then the next slot is waited for."""
    schedule = daily(at)
    slots = [clock.slot(day, at) for day in clock.days][1:4]
    for slot, following in pairwise(slots):
        back = slot + timedelta(hours=3)
        assert settle(schedule, name, next_due_at=slot, now=back) == slot
        sent = due(schedule, name, next_due_at=slot, now=back, late="send")
        assert sent == Due(slot_at=slot, action="compose", next_due_at=following), (name, at)
        skipped = due(schedule, name, next_due_at=slot, now=back, late="skip")
        assert skipped == Due(slot_at=slot, action="skip_late", next_due_at=following), (name, at)


class Daemon:
    """One subscription, the clock its daemon believes in, and a ledger with a unique key on the slot."""

    def __init__(self, name: str, at: time, start: datetime) -> None:
        self.name, self.schedule = name, daily(at)
        self.due_at = settle(self.schedule, name, next_due_at=None, now=start)
        self.ledger: set[datetime] = set()
        self.refused: list[datetime] = []
        """Editions that the ledger had already."""
        self.caught_up: list[tuple[datetime, datetime]] = []
        """(first, last) slot that one decision stood for."""

    def restart(self, now: datetime) -> None:
        self.due_at = settle(self.schedule, self.name, next_due_at=self.due_at, now=now)

    def tick(self, now: datetime, *, truly: datetime) -> None:
        assert self.due_at is not None
        decision = due(self.schedule, self.name, next_due_at=self.due_at, now=now, late="send")
        if decision is None:
            return
        assert decision.action != "move", "every due time stored was a slot"
        assert self.due_at <= decision.slot_at <= now
        if decision.action == "compose" and decision.slot_at in self.ledger:
            self.refused.append(decision.slot_at)
        elif decision.action == "compose":
            self.ledger.add(decision.slot_at)
        self.caught_up.append((self.due_at, min(decision.slot_at, truly)))
        self.due_at = decision.next_due_at


def live(daemon: Daemon, start: datetime, end: datetime, chance: random.Random, *, jumps: bool) -> None:
    """Ticks at most an hour apart, with restarts, and where asked for a clock that goes wrong and is put right."""
    now = start
    while now < end:
        now = min(end, now + timedelta(seconds=1 + 3599 * chance.random()))
        event = chance.random()
        if event < 0.05:
            daemon.restart(now)
        elif jumps and event < 0.09:
            wrong = now + timedelta(seconds=chance.uniform(-3 * 86400, 10 * 86400))
            if event < 0.07:
                daemon.restart(wrong)
            daemon.tick(wrong, truly=now)
            daemon.restart(now)
        daemon.tick(now, truly=now)


def check_life(name: str, clock: Clock, at: time, chance: random.Random) -> None:
    """No slot twice and none lost: each has its edition, or is one of several that a decision caught up with at once.

    Without jumps nothing is even tried twice. With jumps a slot may come up again, and the ledger refuses it; and one
    that was owed when the clock went ahead is merged into the later one, as after a real outage.
    """
    slots = [clock.slot(day, at) for day in clock.days]
    start, end = slots[0] - TICK, slots[-1]
    calm = Daemon(name, at, start)
    live(calm, start, end, chance, jumps=False)
    assert (calm.ledger, calm.refused) == (set(slots), []), (name, at)
    wild = Daemon(name, at, start)
    live(wild, start, end, chance, jumps=True)
    for slot in slots:
        owed = any(first <= slot <= last for first, last in wild.caught_up)
        assert slot in wild.ledger or owed, (name, at, slot)


def check(names: Iterable[str], first: int, last: int) -> dict[str, int]:
    """Everything above for every change of these years in these zones. What was looked at, counted."""
    count: Counter[str] = Counter()
    for (change, near), zones in same_clocks(names, first, last).items():
        clock = Clock.walk(ZoneInfo(zones[0]), change)
        times = clock.times()
        for name in zones:
            chance = random.Random(f"{name} {change}")
            count["changes"] += len(near) > 1
            count["times"] += len(times)
            for at in times:
                count["slots"] += check_slots(name, clock, at, chance)
                check_outage(name, clock, at)
            check_life(name, clock, chance.choice(times), chance)
    return count


# --- tests ----------------------------------------------------------------------------------------------------------


def test_each_local_day_of_a_sample_of_zones_has_exactly_one_slot() -> None:
    count = check(SAMPLE, 2025, 2027)
    assert count["changes"] > 70


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_each_local_day_of_every_zone_has_exactly_one_slot() -> None:
    """Takes well under a minute on one core; `--log-cli-level=INFO` shows the counts."""
    count = check(ZONES, 2020, 2040)
    logging.getLogger("tests").info("%d zones: %s", len(ZONES), dict(count))
    assert len(ZONES) > 590
    assert count["changes"] > 8000


@pytest.mark.parametrize(
    "name, change",
    [
        ("Pacific/Apia", "2011-12-30T10:00"),  # a day left out
        ("Pacific/Kwajalein", "1993-08-21T12:00"),  # a day left out
        ("America/St_Johns", "2010-11-07T02:31"),  # a minute past midnight back to the day before
        ("Asia/Pyongyang", "2018-05-04T15:00"),  # half an hour up to midnight
        ("America/Caracas", "2007-12-09T07:00"),  # half an hour back, for good
    ],
)
def test_the_odd_changes_of_the_past_keep_the_rule_too(name: str, change: str) -> None:
    instant = datetime.fromisoformat(change).replace(tzinfo=UTC)
    zone = ZoneInfo(name)
    assert offset(zone, instant) != offset(zone, instant - TICK), "this is the change"
    clock = Clock.walk(zone, instant)
    chance = random.Random(name)
    for at in clock.times():
        check_slots(name, clock, at, chance)
        check_life(name, clock, at, chance)


def test_the_oracle_sees_gap_and_fold() -> None:
    zone = ZoneInfo("Europe/Berlin")
    spring, autumn = changes_of(zone, 2026, 2026)
    assert (spring, autumn) == (datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC))
    assert time(2, 30) in Clock.walk(zone, spring).times()
    assert Clock.walk(zone, spring).slot(date(2026, 3, 29), time(2, 30)) == spring
    assert Clock.walk(zone, autumn).slot(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
