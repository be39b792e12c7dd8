"""The records that the steps hand to each other, in the vocabulary of the design; what the operator writes is in
`digest.settings`.

All are frozen. Instants are aware UTC datetimes. Names tell the stage: an `Entry` is what a feed says, an `Article`
is an entry as it is stored, a `Verdict` is what matching says of an article and a topic, an `Edition` is one issue
for one audience, a `Delivery` is one message on its way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

from digest.settings import Feed

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""When something was, of which nobody knows when it was."""

# --- polling and parsing --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchRequest:
    """One poll of one feed. Validators are opaque and are sent back exactly as received."""

    feed_id: int
    url: str
    etag: str | None = None
    last_modified: str | None = None
    form: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """With fields it is no poll, but a form posted to the feed's hub. It may hold secrets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchResult:
    """What came of a request. One of three: `problem` is set; `status` is 304; a body arrived (status 200)."""

    request: FetchRequest
    status: int | None = None
    """Of the last response; None when there was none. A form is answered with any status from 200 to 299."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the last response, names in lower case."""
    body: bytes = b""
    """Decompressed."""
    final_url: str = ""
    """After redirects; empty where nothing was asked (`source`)."""
    moved_to: str | None = None
    """The address that permanent redirects (301, 308), from the first hop on without a gap, lead to."""
    in_passing: bool = False
    """Whether a temporary redirect led to the answer: then it says nothing for good of the address that was asked."""
    problem: str | None = None
    """A sentence for the operator: what failed, where, and what can be done when something can."""

    @property
    def source(self) -> str:
        """The address that the answer came from, or should have."""
        return self.final_url or self.request.url

    @property
    def is_overloaded(self) -> bool:
        """Whether the host wants to be left alone for a while, with all its feeds (429, RFC 6585; 503)."""
        return self.status in {429, 503}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One entry of a feed as parsed: plain text, absolute links, every field cleaned of control characters."""

    entry_id: str
    """The feed's own id (guid, atom:id, JSON id), else the canonical link, else a hash of title and text."""
    link: str | None
    """http or https only, for the reader to follow."""
    canonical: str | None
    """The link without tracking parameters, as a key for "the same article". None when the link cannot serve as one:
    it is a home page, or several entries of the document share it."""
    title: str
    """Plain text, one line; made from the text when the feed has none."""
    summary: str
    """Plain text, what the feed gives as description."""
    text: str
    """Plain text of the full content; empty when the feed gives only a summary."""
    author: str | None
    language: str | None
    """Two-letter code, from the entry or the document."""
    published_at: datetime | None
    """What the feed claims; never used as identity or cursor."""
    tags: tuple[str, ...] = ()
    image: str | None = None

    @property
    def content_hash(self) -> str:
        """Changes when what a reader would read changes."""
        return sha256(f"{self.title}\0{self.summary}\0{self.text}".encode()).hexdigest()[:32]


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedFeed:
    """A document read. With `problem` set it could not be read as a feed at all, or only up to some point."""

    title: str = ""
    link: str | None = None
    language: str | None = None
    ttl_minutes: int | None = None
    skip_hours: frozenset[int] = frozenset()
    """0 to 23, GMT (RSS 2.0, skipHours)."""
    skip_days: frozenset[int] = frozenset()
    """Monday is 0, GMT (RSS 2.0, skipDays)."""
    update_period: timedelta | None = None
    """What `sy:updatePeriod` and `sy:updateFrequency` ask for."""
    hubs: tuple[str, ...] = ()
    """The WebSub hubs that the document names; absolute."""
    self_link: str | None = None
    """The feed's own address by the document; what a hub calls the topic."""
    older: str | None = None
    """Where older entries are: RFC 5005 `prev-archive` or `next`, JSON Feed `next_url`; absolute."""
    expired: bool = False
    """Whether it says that it is finished and will never change again (JSON Feed)."""
    entries: tuple[Entry, ...] = ()
    """Without those whose slices were known."""
    known: int = 0
    """How many entries were left out because their slices were known."""
    slices: frozenset[str] = frozenset()
    """What to hand over as known when the feed is read the next time."""
    problem: str | None = None
    cut: str | None = None
    """The id of the entry that the document ends within: what it lacks may be there all the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """How long a feed and its server ask to be left alone, as they said it last; None: they do not say."""

    fresh: timedelta | None = None
    """`Cache-Control: max-age`, less `Age`, or `Expires`."""
    ttl: timedelta | None = None
    update_period: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    """0 to 23, GMT."""
    skip_days: frozenset[int] = frozenset()
    """Monday is 0, GMT."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taught:
    """What its polls have taught us of a feed. Each poll writes all of it anew, but most change nothing."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    moved_to: str | None = None
    """Where permanent redirects lead that were not seen often enough to be believed."""
    moved_seen: tuple[datetime, ...] = ()
    """When the permanent redirect to `moved_to` was seen, oldest first."""
    poll_url: str | None = None
    """Where it is polled instead of `feed.url`, after a permanent move was confirmed."""
    wishes: Wishes = Wishes()
    appeared: tuple[datetime, ...] = ()
    """When its newest entries came, oldest first, as `digest.waiting` counts."""
    gap_at: datetime | None = None
    """When the feed's window had last rolled past what we knew."""
    gap_from: datetime | None = None
    """The last good poll before `gap_at`."""
    slices: frozenset[str] = frozenset()
    """Hashes of the slices of the last document's entries, which need not be parsed again."""
    damage: str | None = None
    """What kept the last document from being read whole."""
    dumped: int = 0
    """How many entries were held the last time that too many came at once."""
    dumped_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedState:
    """A feed as stored."""

    id: int
    feed: Feed
    polled_at: datetime | None
    succeeded_at: datetime | None
    """When it last answered with a feed, or with "not modified"."""
    brought_at: datetime | None
    """When it last had a new article."""
    next_poll_at: datetime | None
    """None: not polled any more, because it is gone (410)."""
    failures: int
    """In a row."""
    problem: str | None
    problem_since: datetime | None
    taught: Taught = Taught()
    wait_reason: str = ""
    """Why the next poll is when it is."""
    created_at: datetime | None = None
    """When the configuration first had it."""
    notice: str | None = None
    """What the operator should know though the feed answers: it moved, is silent, may have missed entries."""


Held = Literal["first_sight", "old", "dump"]
"""Why an article is stored but not announced: seen at the first poll of its feed and older than the window; claims to
be old although the feed is known; one of too many new ones in one poll."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HostPause:
    """A host that wants no request before `until`."""

    host: str
    """Host and port, as in the URL, lower case."""
    until: datetime
    reason: str


HubState = Literal["wanted", "requested", "active", "denied", "failed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class HubSubscription:
    """A feed's subscription at its WebSub hub. What happens to it is decided in `digest.websub`."""

    feed_id: int
    hub: str
    topic: str
    """What the hub calls the feed."""
    token: str = field(repr=False)
    """The part of our address that only the hub knows."""
    secret: str = field(repr=False)
    """With which the hub signs."""
    state: HubState = "wanted"
    requested_at: datetime | None = None
    """When the hub was last asked."""
    expires_at: datetime | None = None
    """Until then the hub promised to push; None when it promises nothing."""
    retry_at: datetime | None = None
    """When to ask (again), for whatever reason."""
    problem: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewArticle:
    """An entry never seen before, on its way into the store."""

    entry: Entry
    held: Held | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PollIntent:
    """What one poll changes in the store."""

    feed_id: int
    succeeded: bool
    taught: Taught
    next_poll_at: datetime | None
    problem: str | None
    """For the operator; it may stand beside a success ("damaged at line 3")."""
    new: tuple[NewArticle, ...] = ()
    edited: tuple[tuple[int, Entry], ...] = ()
    """(article id, the entry as it reads now)."""
    mended: tuple[tuple[int, Entry], ...] = ()
    """The same for text that was damaged and is now whole: kept, but no revision."""
    rhythm: timedelta | None = None
    """The usual time between two new entries, for the operator; None when not known yet."""
    wait_reason: str = ""
    host_pause: HostPause | None = None
    """What the server asks of us for all its feeds (429, 503)."""
    host: str | None = None
    """Of the address that is polled from now on, when that changes."""
    notice: str | None = None

    @property
    def spoken(self) -> str | None:
        """The language that most of the new entries are in; None when that is not known of any."""
        languages = Counter(new.entry.language for new in self.new if new.entry.language)
        return max(languages, key=languages.__getitem__, default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """An entry as stored."""

    id: int
    feed_id: int
    feed_url: str
    feed_name: str
    feed_tags: tuple[str, ...]
    entry: Entry
    first_seen_at: datetime
    revision: int
    story_id: int | None = None
    held: Held | None = None
    generation: int = 0
    """That of the topics which it was last held against; 0: none yet; less: its text is another since."""

    @classmethod
    def not_stored(
        cls,
        entry: Entry,
        *,
        number: int = 0,
        feed_name: str = "",
        feed_tags: tuple[str, ...] = (),
        first_seen_at: datetime = LONG_AGO,
    ) -> Article:
        """An entry to be held against topics, of which the store knows nothing."""
        return cls(
            id=number,
            feed_id=0,
            feed_url="",
            feed_name=feed_name,
            feed_tags=feed_tags,
            entry=entry,
            first_seen_at=first_seen_at,
            revision=1,
        )

    @property
    def language(self) -> str | None:
        return self.entry.language


# --- matching -------------------------------------------------------------------------------------------------------

FieldName = Literal["title", "summary", "text", "author", "tag", "feed", "url", "lang"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A word of the topic found in the article: `article.<field>[start:end] == found`.

    In `tag` and `feed` the offsets are those within the one tag or name; `url` is the article's link.
    """

    term: str
    """As the topic has it."""
    found: str
    """As the article has it."""
    field: FieldName
    start: int
    end: int

    @property
    def is_read(self) -> bool:
        """Whether it stands in what a reader reads, and not in what is said about the article."""
        return self.field in {"title", "summary", "text"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the evaluator says of one article and one topic. A match is a verdict with `matched` set."""

    topic_id: str
    topic_version: str
    matched: bool
    score: float
    """0 to 1."""
    evidence: tuple[Evidence, ...]
    """In the order of field and place; for a miss what was found nevertheless."""
    reason: str
    """A sentence: why it is enough, or the first clause that fails (no such term, excluded, feed or language not in
    scope, below the threshold)."""
    cut: float | None = None
    """Where a phrase decided: the score that is enough."""
    parts: tuple[tuple[str, float], ...] = ()
    """Where a phrase decided: what the score is made of, by name. The logistic function of their sum is the score."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a topic has learned from the articles that it found (`digest.profiles`)."""

    words: Mapping[str, float]
    """Stem → how heavily it weighs: sums over those articles."""
    reports: int
    """How many articles they were."""


# --- stories and editions -------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched:
    """A stored match as composing needs it."""

    article: Article
    verdict: Verdict
    matched_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A story that a match makes a candidate for an edition; the light form of it."""

    story_id: int
    topic_id: str
    matched_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """The articles that report one event, with the matches of those that matched."""

    id: int
    articles: tuple[Article, ...]
    """In the order in which they were first seen."""
    matches: tuple[Matched, ...]
    """Only of topics asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One article of a story as the reader sees it under "also reported by"."""

    article_id: int
    outlet: str
    title: str
    link: str | None
    published_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why a story is in an edition: a topic and the words found."""

    topic_id: str
    topic_name: str
    words: tuple[str, ...]
    """As the article has them, each once, in order of appearance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionStory:
    """A story frozen as it stands in an edition. The leading article's fields come first."""

    story_id: int
    article_id: int
    title: str
    summary: str
    """Plain text, at most a few sentences."""
    link: str | None
    outlet: str
    language: str | None
    """Of the title and summary, for `lang` and `dir` where it differs from the edition's."""
    published_at: datetime
    score: float
    reasons: tuple[Reason, ...]
    reports: tuple[Report, ...] = ()
    """The other articles of the story."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edition:
    """One issue of a newsletter for one audience and slot, complete: rendering needs nothing else."""

    newsletter: str
    title: str
    audience: str
    slot_at: datetime
    composed_at: datetime
    language: str
    timezone: str
    topics: tuple[tuple[str, str], ...]
    """(id, name) of the topics it covers, in the newsletter's order."""
    stories: tuple[EditionStory, ...]
    """Ranked."""
    left_out: int = 0
    """How many more stories there were, above `max_stories`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """An edition as subject, HTML and text. Both bodies hold the slots of `digest.messages` unfilled."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """What differs from subscriber to subscriber in one edition's messages."""

    address: str
    name: str
    message_id: str
    """With the angle brackets; derived from the delivery, so that a repeat is recognisable."""
    leave: str
    """The URL for leaving the newsletter: a mail to the sender, whose subject says of which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueSubscription:
    """A stored subscription that is due, or may be: `next_due_at` has come."""

    id: int
    subscriber_id: int
    address: str
    newsletter: str
    schedule: str
    timezone: str
    language: str
    topics: tuple[str, ...]
    created_at: datetime
    last_slot_at: datetime | None
    next_due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class EditionIntent:
    """What composing one audience's slot writes: the edition, who gets it, and when they are due next."""

    newsletter: str
    audience: str
    slot_at: datetime
    state: Literal["composed", "empty", "late"]
    """`empty`: nothing to send; `late`: the catch-up rule skipped the slot. Neither has an edition to send."""
    edition: Edition | None
    left_out: Mapping[int, str]
    """Story id: why it is not in this edition."""
    members: tuple[tuple[DueSubscription, datetime | None], ...]
    """Each subscription with its next due time."""


# --- delivery -------------------------------------------------------------------------------------------------------

DeliveryState = Literal["queued", "sending", "accepted", "deferred", "refused", "unsure"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One message to one subscriber, claimed for sending."""

    id: int
    edition_id: int
    newsletter: str
    address: str
    name: str
    message_id: str
    state: DeliveryState
    attempts: int
    queued_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of handing over one message."""

    kind: Literal["accepted", "deferred", "refused", "unsure"]
    """`deferred`: not taken, may be tried again; `refused`: will never be taken; `unsure`: handed over in full, but
    no answer came."""
    code: int | None
    """The server's reply code, when there was one."""
    text: str
    """The server's own words, or what failed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What an outcome makes of a delivery."""

    state: DeliveryState
    retry_at: datetime | None
    outcome: Outcome


@lru_cache(maxsize=512)  # a poll asks for the same several times
def host_key(url: str) -> str:
    """Host and port of an address as it is written, without a login, in one spelling; empty when it has none."""
    try:
        host = re.sub(r"\.(?=$|:)", "", urlsplit(url).netloc.rpartition("@")[2].lower())
        return host.encode("idna").decode() if not host.isascii() else host
    except ValueError:  # UnicodeError is one
        return ""
