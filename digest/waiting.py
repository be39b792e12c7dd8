"""When a feed is polled next, and why: pure arithmetic on what the feed does and on what its server asks.

1. **Habit.** What a document's new entries claim as their dates (else the moment they were found) is kept, the newest
   `REMEMBERED` of them; entries closer together than the shortest interval count as one, because one poll brings
   them all. The rhythm is the median of the gaps: one holiday or one busy hour does not move it. A feed is polled
   twice per rhythm. If its last gap was shorter than usual that gap counts, at once, until the silence since has
   outgrown it; a feed that is silent is polled at a twentieth of its silence, and one that never showed a habit at a
   tenth, so both slow down gradually. All within `polling.every` and `polling.at_most`.
2. **Wishes** only lengthen that: `Cache-Control: max-age` less `Age`, or `Expires` (RFC 9111, sections 4.2.1, 5.2.2
   and 5.3), `ttl`, `skipHours`, `skipDays` (RSS 2.0), `sy:updatePeriod` (RSS 1.0 syndication module). Each is
   granted up to `LONGEST_WISH`: servers that say "a year" of a feed are mistaken.
3. **Failures** double the pause, from the shortest interval up to `LONGEST_PAUSE`. `Retry-After` (RFC 9110, section
   10.2.3) is obeyed up to `LONGEST_RETRY_AFTER`; with 429 (RFC 6585, section 4) and 503 it holds for the whole host.
4. **Spread.** Each wait is longer by up to a tenth, fixed for each feed by its URL, so that feeds added together
   drift apart; what was put off together comes back over an interval, not at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise

from digest.model import FetchResult, HostPause, ParsedFeed, Wishes, host_key
from digest.settings import Polling
from digest.wording import counted, lasting

REMEMBERED = 21
"""Times of appearance kept of a feed: twenty gaps."""
LONGEST_WISH = timedelta(hours=24)
"""Granted of what a feed or server asks for in passing; `polling.at_most` may be longer."""
LONGEST_PAUSE = timedelta(hours=24)
"""Between two polls of a feed that fails."""
LONGEST_RETRY_AFTER = timedelta(days=7)
"""Granted of what a server asks for expressly."""
HOST_PAUSE = timedelta(hours=1)
"""For a host that answers 429 or 503 and does not say how long; doubled with each failure of the feed in a row."""
SPREAD = 0.1
SILENT = (timedelta(days=7), 10)
"""A feed is silent beyond its habit after both: this long, and so many times its rhythm."""

_HOUR, _DAY, _NOTHING = timedelta(hours=1), timedelta(days=1), timedelta(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Habit:
    """What a feed has done so far."""

    times: Sequence[datetime] = ()
    """As `appearances` gives them."""
    since: datetime | None = None
    """When it was first there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wait:
    """The next poll, and a sentence on why it is then."""

    at: datetime
    reason: str


# --- habit ----------------------------------------------------------------------------------------------------------


def appearances(
    earlier: Sequence[datetime], claimed: Iterable[datetime | None], *, every: timedelta, now: datetime
) -> tuple[datetime, ...]:
    """When a feed's newest entries came, oldest first: `earlier`, and what its new entries claim (None: now)."""
    times = sorted([*earlier, *(now if at is None else at for at in claimed)])
    apart: list[datetime] = []
    for at in (min(at, now) for at in times):
        if not apart or at - apart[-1] >= every:
            apart.append(at)
    return tuple(apart[-REMEMBERED:])


def rhythm(times: Sequence[datetime]) -> timedelta | None:
    """The usual time between two entries; None when there are fewer than two."""
    return _rhythm(tuple(times))


@lru_cache(maxsize=256)  # a poll asks for the same several times
def _rhythm(times: tuple[datetime, ...]) -> timedelta | None:
    gaps = sorted(_gaps(times))
    # `statistics` takes 20 ms to load, which is a thirtieth of a `digest once` that finds nothing.
    return (gaps[len(gaps) // 2] + gaps[(len(gaps) - 1) // 2]) / 2 if gaps else None


def is_silent(times: Sequence[datetime], now: datetime) -> bool:
    """Whether the feed has been silent beyond its own habit."""
    usual, (least, many) = rhythm(times), SILENT
    return usual is not None and now - times[-1] > max(least, usual * many)


def _gaps(times: Sequence[datetime]) -> list[timedelta]:
    return [later - sooner for sooner, later in pairwise(times)]


def _by_habit(habit: Habit, polling: Polling, now: datetime) -> tuple[timedelta, str]:
    """The interval that the feed itself suggests."""
    silence = max(now - (habit.times[-1] if habit.times else habit.since or now), _NOTHING)
    usual = rhythm(habit.times)
    if usual is None:
        wanted, why = silence / 10, "how often something new comes is not known yet"
    elif silence / 20 > usual / 2:
        wanted, why = silence / 20, f"nothing new for {lasting(silence)}, so it is polled less and less often"
    else:
        latest = _gaps(habit.times)[-1]
        expected = usual if latest >= usual else max(latest, min(usual, silence))
        what = "lately something new came after" if expected < usual else "something new comes about every"
        wanted, why = expected / 2, f"{what} {lasting(expected)}, and half of that is waited"
    longest = max(polling.at_most / (1 + SPREAD), polling.every)  # so that the spread stays within the bound
    if wanted < polling.every:
        return polling.every, f"{why}; {lasting(polling.every)} is the shortest interval (polling.every)"
    if wanted > longest:
        return longest, f"{why}; {lasting(polling.at_most)} is the longest interval (polling.at_most)"
    return wanted, why


# --- wishes ---------------------------------------------------------------------------------------------------------


def wishes(earlier: Wishes, result: FetchResult, parsed: ParsedFeed | None, now: datetime) -> Wishes:
    """What is asked for after a good answer.

    Without a new document (`parsed` is None) what the last one said still holds; so does its freshness after a 304
    that says nothing of it (RFC 9111, section 4.3.4).
    """
    said = freshness(result.headers, now)
    fresh = earlier.fresh if said is None and result.status == 304 else said
    if parsed is None:
        return earlier if fresh == earlier.fresh else replace(earlier, fresh=fresh)
    return Wishes(
        fresh=fresh,
        ttl=timedelta(minutes=parsed.ttl_minutes) if parsed.ttl_minutes else None,
        update_period=parsed.update_period,
        skip_hours=parsed.skip_hours & frozenset(range(24)),
        skip_days=parsed.skip_days & frozenset(range(7)),
    )


def freshness(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long an answer is fresh for us, a private cache, so that `s-maxage` says nothing; None: it does not say."""
    said = [_directive(part) for part in headers.get("cache-control", "").lower().split(",")]
    names = {name for name, _ in said}
    ages = [value for name, value in said if name == "max-age"]
    if names & {"no-store", "no-cache"}:
        return _NOTHING
    if ages:
        # The first of several counts; one that cannot be read makes the answer stale (RFC 9111, section 4.2.1).
        return max(_seconds(ages[0]) - _seconds(headers.get("age", "")), _NOTHING)
    if "expires" in headers:
        date = _http_date(headers.get("date")) or now
        return max((_http_date(headers["expires"]) or date) - date, _NOTHING)
    return None


def _directive(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name.strip(), value.strip().strip('"')


def _seconds(text: str) -> timedelta:
    """Delta-seconds, with a bound that keeps them calculable; nothing when they cannot be read."""
    text = text.strip()
    return timedelta(seconds=int(text[:10])) if text.isascii() and text.isdecimal() else _NOTHING


def _http_date(text: str | None) -> datetime | None:
    try:
        at = parsedate_to_datetime(text or "")
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def skips_everything(asked: Wishes) -> bool:
    """Whether no moment is left to poll the feed; the wish is then nonsense, and granted once a day."""
    return len(asked.skip_hours) >= 24 or len(asked.skip_days) >= 7


def _by_wish(asked: Wishes, polling: Polling) -> tuple[timedelta, str]:
    """The longest wait asked for, as much of it as is granted."""
    wanted, why = max(
        (asked.fresh or _NOTHING, "its server asks for {} (Cache-Control or Expires)"),
        (asked.ttl or _NOTHING, "the feed asks for {} (ttl)"),
        (asked.update_period or _NOTHING, "the feed asks for {} (sy:updatePeriod)"),
        (_DAY if skips_everything(asked) else _NOTHING, "the feed wants to be skipped always, and gets {}"),
        key=lambda wish: wish[0],
    )
    if not wanted:
        return _NOTHING, ""
    most = max(LONGEST_WISH, polling.at_most)
    granted = min(wanted, most)
    return granted, why.format(lasting(wanted)) + (f"; {lasting(most)} is granted" if wanted > most else "")


def _out_of_skipped(at: datetime, asked: Wishes) -> datetime:
    """The first moment from `at` on that the feed does not exclude (GMT); `at` itself when it excludes all."""
    if skips_everything(asked):
        return at
    moment = at.astimezone(UTC)
    while moment.hour in asked.skip_hours or moment.weekday() in asked.skip_days:
        moment = moment.replace(minute=0, second=0, microsecond=0) + _HOUR
    return moment


# --- the next poll --------------------------------------------------------------------------------------------------


def after_success(url: str, habit: Habit, asked: Wishes, *, polling: Polling, now: datetime) -> Wait:
    """The next poll of the feed with this configured URL."""
    interval, reason = max(_by_habit(habit, polling, now), _by_wish(asked, polling), key=lambda wait: wait[0])
    return _wait(url, now + interval * (1 + SPREAD * fraction(url)), reason, asked)


def made_up(url: str, wait: Wait, asked: Wishes, now: datetime) -> Wait:
    """The wait, or when it is over already the first moment from now on that the feed does not exclude."""
    return wait if wait.at >= now else _wait(url, now, wait.reason, asked)


def after_failure(
    url: str, result: FetchResult, failures: int, asked: Wishes, *, polling: Polling, now: datetime
) -> tuple[Wait, HostPause | None]:
    """The next poll after one that failed, with `failures` before it in a row; and the pause of the host, if any."""
    fresh = min(freshness(result.headers, now) or _NOTHING, LONGEST_WISH)
    wanted = retry_after(result.headers.get("retry-after"), now) or _NOTHING
    host = host_pause(result, failures, now)
    wait, reason = max(
        (
            min(polling.every * 2 ** min(failures, 10), max(LONGEST_PAUSE, polling.every)),
            f"{counted(failures + 1, 'poll')} failed in a row, and the pause doubles each time",
        ),
        (fresh, f"the server asks for {lasting(fresh)} before it is tried again (Cache-Control or Expires)"),
        (host.until - now, host.reason) if host else (_NOTHING, ""),
        (wanted, f"the server asks for {lasting(wanted)} (Retry-After)"),
        key=lambda wait: wait[0],
    )
    return _wait(url, now + wait * (1 + SPREAD * fraction(url)), reason, asked), host


def _wait(url: str, at: datetime, reason: str, asked: Wishes) -> Wait:
    allowed = _out_of_skipped(at, asked)
    if allowed == at:
        return Wait(at=at, reason=reason)
    # Anywhere in the first hour that is allowed, or all such feeds would be polled at its stroke.
    moved = allowed + _HOUR * 0.9 * fraction(url)
    return Wait(at=moved, reason=f"{reason}; then it excludes some hours or days (skipHours, skipDays, GMT)")


def host_pause(result: FetchResult, failures: int, now: datetime) -> HostPause | None:
    """What an answer asks of us for all feeds of the host that gave it; None when it asks for nothing."""
    host = host_key(result.source)
    if not result.is_overloaded or not host:
        return None
    wanted = retry_after(result.headers.get("retry-after"), now)
    pause = wanted or min(HOST_PAUSE * 2 ** min(failures, 10), LONGEST_PAUSE)
    how = "(Retry-After)" if wanted else "as long as it does not say how long, each time twice as long"
    return HostPause(
        host=host,
        until=now + pause,
        reason=f"{host} answered {result.status}: it is left alone for {lasting(pause)} {how}",
    )


def after_pause(url: str, pause: HostPause, polling: Polling) -> Wait:
    """The next poll of another feed of a host that pauses: after that, spread over an interval."""
    return Wait(at=pause.until + polling.every * fraction(url), reason=pause.reason)


def after_crowd(url: str, polling: Polling, now: datetime) -> Wait:
    """The next poll of one of many feeds that are due at once: within an interval."""
    # Another share than usual: the feeds that are due last are those with a large one.
    return Wait(
        at=now + polling.every * fraction(f"{url} in a crowd"),
        reason=f"many feeds were due at once, and are polled over {lasting(polling.every)}",
    )


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long `Retry-After` asks to wait, given as seconds or as a date; None when it asks for nothing readable."""
    if value is None:
        return None
    at = None if value.strip().isdecimal() else _http_date(value)
    wanted = at - now if at else _seconds(value)
    return min(wanted, LONGEST_RETRY_AFTER) if wanted > _NOTHING else None


def fraction(url: str) -> float:
    """0 to 1, the same for the same URL always."""
    return int.from_bytes(sha256(url.encode()).digest()[:4], "big") / 0xFFFF_FFFF
