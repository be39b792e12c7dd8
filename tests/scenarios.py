"""A stage for the poller: scripted servers, simulated days, and a judge who looks at every request.

A scenario is a test in a file of `SCENARIOS`. It says what the servers do and how long the play runs; the real steps
`apply` and `poll` meet a real HTTP server, and only the clock is ours. Time jumps to the next instant at which the
store says that something is due or that a host may be asked again, so days cost milliseconds. At the end of each run
the judge holds the laws of a good guest against all that the servers saw; what else is demanded a scenario asserts.
Open to hubs, the stage has the daemon's pages, too, and the step `subscribe`; hubs have a judge of their own.

The first paragraph of a scenario's docstring says what the server does, the second what is demanded. They make the
table in docs/manners.md: `python tests/scenarios.py` writes it anew, and a test compares.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import records
from feedserver import Answer, FeedServer, Request, entry, feed_server, rss
from hubserver import Hub, breaches, hub_server
from instance import eventually, free_port, is_served
from sqlalchemy import select

from digest import pipeline
from digest.settings import Feed, Polling, Web
from digest.store import schema
from digest.store.engine import open_database

START = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
"""A Monday morning."""
MINUTE, HOUR, DAY, WEEK = (timedelta(**{unit: 1}) for unit in ("minutes", "hours", "days", "weeks"))
TICK = 5 * MINUTE
CONTACT = "mailto:feeds@example.org"
LONGEST_ORDER = WEEK
"""What is obeyed of Retry-After; beyond it a mistake is more likely than a wish."""
LONGEST_WISH = DAY
"""The same of max-age, Expires, ttl and sy:updatePeriod."""
HERE, THERE = "127.0.0.1", "localhost"
"""Two hosts, as far as anyone can tell by the addresses of feeds."""

LONGEST_PAUSE = DAY
"""Between two polls of a feed that fails, unless its server asks for more."""
POLLING = Polling(every=HOUR, private_addresses=True, contact=CONTACT)

Play = Callable[[Request], Answer]


# --- what servers do ------------------------------------------------------------------------------------------------


def news(*numbers: int, extra: str = "", at: datetime | None = None) -> bytes:
    """An RSS document with these entries, newest first. `extra` is XML for the channel."""
    made = [
        entry(id=f"n{n}", title=f"Report number {n}", link=f"https://wire.example/{n}", date=at)
        for n in sorted(numbers, reverse=True)
    ]
    return rss("Wire", made, extra=extra)


def ok(
    body: bytes | None = None,
    *,
    etag: str | None = None,
    modified: str | None = None,
    deaf: bool = False,
    **headers: str,
) -> Answer:
    """200 with a feed; underscores in the names of headers stand for hyphens."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    given |= {name: value for name, value in (("ETag", etag), ("Last-Modified", modified)) if value is not None}
    return Answer(status=200, headers=given, body=news(1, 2, 3) if body is None else body, deaf=deaf)


def refuse(status: int, retry_after: str | None = None) -> Answer:
    """An answer without a feed."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Answer(status=status, headers=headers, body=b"Not now.\n")


def redirect(status: int, to: str) -> Answer:
    return Answer(status=status, headers={"Location": to})


def in_turn(*answers: Answer) -> Play:
    """One after another; the last again and again."""
    left = list(answers)
    return lambda _request: left.pop(0) if len(left) > 1 else left[0]


def over_time(*acts: tuple[timedelta, Answer | Play]) -> Play:
    """Each act from its time after START on."""

    def play(request: Request) -> Answer:
        current = [act for begins, act in acts if START + begins <= _at(request)][-1]
        return current if isinstance(current, Answer) else current(request)

    return play


def publishing(*times: tuple[timedelta, timedelta], window: int = 10, first: timedelta = -2 * WEEK) -> Play:
    """A feed that lives: (from when on, one entry every so often), from `first` on; the newest `window` are shown."""
    born: list[datetime] = []
    ends = [begins for begins, _ in times[1:]] + [26 * WEEK]
    for (begins, every), end in zip(times, ends, strict=True):
        at = max(begins, first)
        while at < end:
            born.append(START + at)
            at += every

    def play(request: Request) -> Answer:
        newest = bisect_right(born, _at(request))
        shown = list(enumerate(born))[max(newest - window, 0) : newest]
        made = [
            entry(id=f"n{n}", title=f"Report number {n}", link=f"https://wire.example/{n}", date=at)
            for n, at in reversed(shown)
        ]
        return ok(rss("Wire", made), etag=f'"{len(shown) and shown[-1][0]}"')

    return play


def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


def _at(request: Request) -> datetime:
    assert request.at is not None, "the stage's server has a clock"
    return request.at


# --- the stage ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A poll as the servers saw it: the first request, the redirects followed, and the older pages asked for."""

    exchanges: tuple[tuple[Request, Answer], ...]

    @property
    def at(self) -> datetime:
        return _at(self.exchanges[0][0])

    @property
    def paths(self) -> list[str]:
        return [request.path for request, _ in self.exchanges]

    @property
    def feed(self) -> str:
        return feed_of(self.exchanges[0][0].path)

    @property
    def document(self) -> list[tuple[Request, Answer]]:
        """Without the older pages."""
        return [(request, answer) for request, answer in self.exchanges if "/older" not in request.path]

    @property
    def answer(self) -> Answer:
        """The last one of the document."""
        return self.document[-1][1]


def feed_of(path: str) -> str:
    """The feed that a path belongs to: `/wire`, `/wire/new` and `/wire/older/2` are all of `wire`."""
    return path.split("/")[1].partition("?")[0]


@dataclass(kw_only=True)
class Stage:
    """Feeds, servers, a clock, and one process that polls."""

    folder: Path
    database_url: str
    server: FeedServer
    now: datetime = START
    polling: Polling = POLLING
    feeds: dict[str, Feed] = field(default_factory=dict)
    polled: list[tuple[str, datetime]] = field(default_factory=list)
    """(feed, when) of every poll, the ones included that no server saw."""
    pardoned: set[str] = field(default_factory=set)
    """Feeds that the operator put in anew after they were gone."""
    judged: int = 0
    web: Web = field(default_factory=Web)
    hubs: list[Hub] = field(default_factory=list)
    _room: pipeline.Newsroom | None = None

    def feed(self, name: str, play: Play | Answer, *, host: str = HERE) -> str:
        """A feed `name` at `/name` of that host; gives its URL."""
        url = self.put(f"/{name}", play, host=host)
        self.feeds[name] = Feed(url=url, name=name.title())
        return url

    def put(self, path: str, play: Play | Answer, *, host: str = HERE) -> str:
        """Something at a path, which is no feed of the configuration; gives its URL."""
        fixed = play if isinstance(play, Answer) else None
        self.server.script(path, (lambda _request: fixed) if fixed else play)  # type: ignore[arg-type]
        return self.server.url(path).replace(HERE, host)

    @contextmanager
    def open_to_hubs(self) -> Iterator[Hub]:
        """The daemon's pages are served, and there is a hub."""
        from digest import web  # costs most tests more than it brings

        port = free_port()
        self.web = Web(port=port, public_url=f"http://{HERE}:{port}")
        app = web.application(self.database_url, {}, {}, lambda: self.now, lambda: self.room)
        with web.serving(app, self.web), self.another_hub() as hub:
            eventually(lambda: is_served(port))
            yield hub

    @contextmanager
    def another_hub(self) -> Iterator[Hub]:
        with hub_server(clock=lambda: self.now) as hub:
            self.hubs.append(hub)
            yield hub

    def run(self, span: timedelta) -> None:
        """Polls whatever is due for so long; then the judge speaks."""
        end = self.now + span
        if self._room is None:
            self.restart()
        self._poll()
        while (then := self._next()) <= end:
            self.now = then
            self._poll()
        self.now = end
        self.judge()

    def polls(self, count: int) -> None:
        """Runs until so many more polls are done."""
        wanted = len(self.polled) + count
        if self._room is None:
            self.run(0 * HOUR)
        while len(self.polled) < wanted:
            self.run(self._next() - self.now)

    def change(self, **polling: Any) -> None:
        """Other settings of `polling`; a process that runs is started anew with them."""
        self.polling = replace(self.polling, **polling)
        if self._room is not None:
            self.restart()

    def restart(self) -> None:
        """Ends the process and starts another, which reads the configuration as `digest run` does. What is due is
        polled with the next `run`.
        """
        self.close()
        settings = replace(
            records.settings(self.folder, self.database_url, feeds=list(self.feeds.values()), topics=()),
            polling=self.polling,
            web=self.web,
        )
        database = open_database(self.database_url)
        self._room = pipeline.build(settings, lambda: self.now, database=database)
        pipeline.apply(self._room)

    def close(self) -> None:
        if self._room is not None:
            self._room.database.close()
        self._room = None

    @property
    def room(self) -> pipeline.Newsroom:
        assert self._room is not None, "nothing has run yet"
        return self._room

    def _poll(self) -> None:
        if pipeline.poll(self.room, spread=True).feeds:
            names = {feed.url: name for name, feed in self.feeds.items()}
            with self.room.database.read() as tx:
                rows = tx.execute(select(schema.feeds.c.url).where(schema.feeds.c.polled_at == self.now))
                self.polled += [(names[row.url], self.now) for row in rows]
        pipeline.subscribe(self.room)

    def _next(self) -> datetime:
        """When to look again: the next instant that the store names, else (when something is due that was not
        polled) a tick later.
        """
        feeds, hosts, hubs = schema.feeds.c, schema.hosts.c, schema.hubs.c
        with self.room.database.read() as tx:
            wanted = select(feeds.next_poll_at).where(feeds.next_poll_at.is_not(None), feeds.removed_at.is_(None))
            due = list(tx.execute(wanted).scalars())
            named = due + list(tx.execute(select(hosts.until)).scalars())
            for column in (hubs.retry_at, hubs.expires_at):
                named += tx.execute(select(column).where(column.is_not(None))).scalars()
        if any(at <= self.now for at in due):
            named.append(self.now + TICK)
        return min((at for at in named if at > self.now), default=self.now + 52 * WEEK)

    # --- what there is to be seen

    def visits(self, name: str | None = None) -> list[Visit]:
        """All polls that reached a server, in order; of one feed."""
        return [visit for visit in _visits(self.server.exchanges) if name in (None, visit.feed)]

    def times(self, name: str = "wire") -> list[timedelta]:
        """When the servers saw polls of a feed, since START."""
        return [visit.at - START for visit in self.visits(name)]

    def waits(self, name: str = "wire") -> list[timedelta]:
        """Between one poll and the next, whether a server saw them or not."""
        times = [at for feed, at in self.polled if feed == name]
        return [later - sooner for sooner, later in pairwise(times)]

    def statuses(self, name: str = "wire") -> list[int]:
        """How each poll ended."""
        return [visit.answer.status for visit in self.visits(name)]

    def sent(self, header: str, name: str = "wire") -> list[str | None]:
        """What the first request of each poll said in a header."""
        return [visit.exchanges[0][0].headers.get(header) for visit in self.visits(name)]

    def state(self, name: str = "wire") -> Any:
        """The feed's row in the store."""
        with self.room.database.read() as tx:
            return tx.execute(select(schema.feeds).where(schema.feeds.c.url == self.feeds[name].url)).one()

    def titles(self, *, held: bool = False) -> set[int]:
        """The numbers of the reports that are stored and announced, or held."""
        of = schema.articles.c
        with self.room.database.read() as tx:
            wanted = select(of.title).where(of.held.is_not(None) if held else of.held.is_(None))
            return {int(title.rpartition(" ")[2]) for title in tx.execute(wanted).scalars()}

    def judge(self) -> None:
        """Holds every request of the play against the laws."""
        exchanges = self.server.exchanges
        wrong = list(judge(exchanges, self.polling.every, self.pardoned))
        wrong += [word for hub in self.hubs for word in breaches(hub, CONTACT)]
        assert not wrong, "\n".join(wrong)
        self.judged = len(exchanges)


def pauses_grow(stage: Stage, name: str = "wire") -> None:
    """Holds of a feed that has only failed so far: each pause as long as the last or longer, none over a day."""
    waits = stage.waits(name)
    assert len(waits) >= 3
    assert all(later >= sooner * 0.9 for sooner, later in pairwise(waits)), waits
    assert HOUR <= waits[0] < waits[-1] <= LONGEST_PAUSE * 1.2


@contextmanager
def open_stage(folder: Path, template: Path) -> Iterator[Stage]:
    """An empty stage with a copy of the database `template`. No request may be left unjudged at the end."""
    path = folder / "digest.db"
    path.write_bytes(template.read_bytes())
    with feed_server(clock=lambda: made.now) as server:
        made = Stage(folder=folder, database_url=f"sqlite:///{path}", server=server)
        yield made
        made.close()
        assert made.judged == len(server.exchanges), "requests that no judge has seen"


def _visits(exchanges: Iterable[tuple[Request, Answer]]) -> list[Visit]:
    """Requests put together as polls: a redirect's target, and older pages, belong to what came before."""
    found: list[list[tuple[Request, Answer]]] = []
    last: dict[str, list[tuple[Request, Answer]]] = {}
    for request, answer in exchanges:
        before = last.get(feed_of(request.path))
        if before and _at(before[-1][0]) == request.at and _follows(before[-1][1], request):
            before.append((request, answer))
        else:
            last[feed_of(request.path)] = [(request, answer)]
            found.append(last[feed_of(request.path)])
    return [Visit(exchanges=tuple(parts)) for parts in found]


def _follows(answer: Answer, request: Request) -> bool:
    return urlsplit(answer.headers.get("Location", "")).path == request.path or "/older" in request.path


# --- the judge ------------------------------------------------------------------------------------------------------


def judge(
    exchanges: Sequence[tuple[Request, Answer]], every: timedelta, pardoned: Collection[str] = ()
) -> Iterator[str]:
    """What breaks the laws, a sentence each. He reads answers and documents in ways of his own, and imports
    nothing of what he judges. `pardoned` feeds may be polled although they were gone for good.
    """
    for request, _ in exchanges:
        yield from (f"{request.path} at {request.at}: {wrong}" for wrong in _ill_bred(request))
    visits: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in _visits(exchanges):
        visits[visit.feed].append(visit)
    for name, seen in visits.items():
        for sooner, later in pairwise(seen):
            if later.at - sooner.at < every:
                yield f"{name} was polled at {sooner.at} and again at {later.at}, sooner than polling.every"
        yield from (f"{name}: {wrong}" for wrong in _forgetful(seen))
        yield from (f"{name}: {wrong}" for wrong in _impatient(seen, pardoned=name in pardoned))
    yield from _deaf_to_hosts(exchanges)


def _ill_bred(request: Request) -> Iterator[str]:
    """What no request may do."""
    if request.method != "GET":
        yield f"a {request.method}"
    if CONTACT not in request.headers.get("user-agent", ""):
        yield "a User-Agent without the contact"
    if "gzip" not in request.headers.get("accept-encoding", ""):
        yield "gzip is not accepted"
    if "?" in request.path:
        yield "a query that nobody configured"
    for name in ("cookie", "referer", "authorization", "origin", "cache-control", "pragma"):
        if name in request.headers:
            yield f"a header {name}"


def _forgetful(visits: Sequence[Visit]) -> Iterator[str]:
    """Validators are those of the last 200, both, to the letter; there are none only where that had none."""
    kept: dict[str, str] = {}
    names = {"if-none-match": "ETag", "if-modified-since": "Last-Modified"}
    for visit in visits:
        for request, _ in visit.document:
            given = {theirs: request.headers[ours] for ours, theirs in names.items() if ours in request.headers}
            if given != kept:
                yield f"{request.path} at {request.at} was asked for with {given} in place of {kept}"
        if _is_feed(visit.answer):
            kept = {name: visit.answer.headers[name] for name in names.values() if name in visit.answer.headers}


def _is_feed(answer: Answer) -> bool:
    whole = answer.status == 200 and answer.cut_at is None and not answer.hang
    return whole and re.search(rb"<(rss|feed)\b|jsonfeed.org", answer.body) is not None


def _impatient(visits: Sequence[Visit], *, pardoned: bool) -> Iterator[str]:
    """What servers and documents ask to wait is waited for."""
    document = b""
    for sooner, later in pairwise(visits):
        document = sooner.answer.body if _is_feed(sooner.answer) else document
        well = sooner.answer.status < 400
        wish = max(_fresh(sooner.answer, sooner.at), _asked_by(document) if well else 0 * HOUR)
        asked = max(min(wish, LONGEST_WISH), _ordered(sooner.answer, sooner.at))
        if later.at < sooner.at + asked:
            yield f"asked at {sooner.at} to wait {asked}, and polled at {later.at}"
        if _skipped(document, later.at):
            yield f"polled at {later.at}, which the document excludes"
        if sooner.answer.status == 410 and not pardoned:
            yield f"polled at {later.at}, though gone for good since {sooner.at}"


def _deaf_to_hosts(exchanges: Sequence[tuple[Request, Answer]]) -> Iterator[str]:
    """A 429 or 503 with Retry-After speaks for the whole host."""
    until: dict[str, datetime] = {}
    for request, answer in exchanges:
        at = _at(request)
        if at < until.get(request.host, at):
            yield f"{request.host} asked for no requests until {until[request.host]}; {request.path} came at {at}"
        if answer.status in {429, 503}:
            until[request.host] = at + _ordered(answer, at)


def _ordered(answer: Answer, at: datetime) -> timedelta:
    """By Retry-After of a refusal, as much as is obeyed."""
    said = answer.headers.get("Retry-After", "") if answer.status >= 400 else ""
    asked = timedelta(seconds=int(said[:9])) if re.fullmatch(r"[0-9]+", said) else _until(said, at)
    return min(asked, LONGEST_ORDER)


def _fresh(answer: Answer, at: datetime) -> timedelta:
    """How long a copy is good."""
    control = answer.headers.get("Cache-Control", "")
    if re.search(r"\bno-(cache|store)\b", control):
        return 0 * HOUR
    if found := re.search(r'\bmax-age="?([0-9]+)', control):
        return timedelta(seconds=int(found[1][:9]) - int(answer.headers.get("Age", "0")))
    return _until(answer.headers.get("Expires", ""), at) if "max-age" not in control else 0 * HOUR


def _until(date: str, at: datetime) -> timedelta:
    try:
        return max(parsedate_to_datetime(date).replace(tzinfo=UTC) - at, 0 * HOUR)
    except ValueError:
        return 0 * HOUR


_PERIODS = {"hourly": HOUR, "daily": DAY, "weekly": WEEK, "monthly": 30 * DAY, "yearly": 365 * DAY}


def _asked_by(document: bytes) -> timedelta:
    """By `ttl` and sy:updatePeriod."""
    ttl = re.search(rb"<ttl>\s*([0-9]{1,6})\s*</ttl>", document)
    period = re.search(rb"<sy:updatePeriod>(\w+)</sy:updatePeriod>", document)
    times = re.search(rb"<sy:updateFrequency>([0-9]+)</sy:updateFrequency>", document)
    asked = int(ttl[1]) * MINUTE if ttl else 0 * HOUR
    if period:
        asked = max(asked, _PERIODS[period[1].decode()] / (int(times[1]) if times else 1))
    return asked


_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _skipped(document: bytes, at: datetime) -> bool:
    """By skipHours and skipDays; a document that excludes all of the day or the week excludes nothing."""
    hours = {int(hour) % 24 for hour in re.findall(rb"<hour>([0-9]{1,2})</hour>", document)}
    days = {day.decode() for day in re.findall(rb"<day>(\w+)</day>", document)} & set(_WEEK)
    return (len(hours) < 24 and at.hour in hours) or (len(days) < 7 and _WEEK[at.weekday()] in days)


# --- the table ------------------------------------------------------------------------------------------------------

SCENARIOS = ("test_manners.py", "test_manners_waits.py", "test_manners_rhythm.py", "test_manners_push.py")
TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "manners.md"


def chapters(file: Path) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """(title, scenarios) of each `# --- title ---` of a file, a scenario as (name, what the server does, what is
    demanded).
    """
    source = file.read_text()
    heads = [(n, line.strip("# -")) for n, line in enumerate(source.splitlines(), 1) if line.startswith("# ---")]
    tests = [
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and "stage" in _arguments(node)
    ]
    for (begins, title), end in zip(heads, [n for n, _ in heads[1:]] + [10**9], strict=True):
        rows = [(node.name, *_told(node)) for node in tests if begins < node.lineno < end]
        if rows:
            yield title, rows


def _arguments(node: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in node.args.args]


def _told(node: ast.FunctionDef) -> tuple[str, str]:
    parts = [" ".join(part.split()) for part in (ast.get_docstring(node) or "").split("\n\n")]
    assert len(parts) == 2, f"{node.name}: two paragraphs, what the server does and what is demanded"
    return parts[0], parts[1]


def page() -> str:
    """docs/manners.md."""
    told = [(chapter, rows) for name in SCENARIOS for chapter, rows in chapters(TESTS / name)]
    count = sum(len(rows) for _, rows in told)
    lines = [_INTRODUCTION.format(count=count)]
    for chapter, rows in told:
        lines += [f"## {chapter}\n", "| the server | demanded | test |", "| --- | --- | --- |"]
        lines += [f"| {does} | {demanded} | `{name}` |" for name, does, demanded in rows]
        lines.append("")
    return "\n".join(lines)


_INTRODUCTION = """# How the poller behaves, scenario by scenario

These {count} plays run in the tests: the real poller, a real HTTP server that follows a script, simulated days. The
rules themselves are in [polling.md](polling.md). Whatever the play, a judge reads every request that the servers saw,
and the test fails when one

- is no plain GET: with a query that nobody configured, with a cookie, referrer, login or cache directive, without the
  contact in the User-Agent, or without accepting gzip;
- does not carry ETag and Last-Modified of the last 200 exactly as they came, quotes and `W/` included, or makes up
  what the server never sent: a feed is asked for unconditionally once, and again only when its server gave no
  validators;
- comes sooner than `polling.every` after the last poll of the feed;
- comes before `Retry-After`, `Cache-Control: max-age`, `Expires`, `ttl` or `sy:updatePeriod` have run out (of
  the first a week is obeyed, of the others a day), in an hour or on a day that the feed excludes, or after a 410;
- goes to a host that answered 429 or 503 to any feed, before the time that it asked for;
- asks a hub for one subscription twice within ten minutes, before its `Retry-After` has run out or within a week of
  its refusal; with more or less than the form of WebSub, another secret, or an address or a secret to be guessed.

This page is made from the tests' docstrings by `python tests/scenarios.py`.
"""


if __name__ == "__main__":
    PAGE.write_text(page())
