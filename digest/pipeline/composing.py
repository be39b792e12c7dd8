"""The step `compose`: [stories] → [editions + deliveries].

For each newsletter: which subscriptions are due, and for which slot; which stories each may get; who shares an
edition; then everything in one transaction, under a lease that only one process holds, so that no two ever compose
for the same subscriber from the same history.

An `instant` newsletter is due at every look, nearly always in vain. Looked through in vain once, it is not looked
through again until there is news (`digest.store.news`), or other subscriptions or topics than then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

import structlog

from digest import deliveries, editions, schedule
from digest.errors import StoreError
from digest.model import DueSubscription, EditionIntent, Story
from digest.pipeline.newsroom import Newsroom
from digest.settings import Newsletter, address_key
from digest.store import leases, ledger, news, notices, subscriptions
from digest.store.engine import Transaction

_LEASE = timedelta(minutes=10)
"""Begun anew with each newsletter, and longer than one takes; after a crash nobody composes for so long."""
_ALONE = "composing"
_PUT_OFF = timedelta(minutes=10)
"""A newsletter that fails wants somebody to mend something; until then it need not fill the log at every tick."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """A subscription and what is to be done for it."""

    subscription: DueSubscription
    due: schedule.Due


class _Shared(NamedTuple):
    """What the turns of an audience have in common, so that one edition serves them all."""

    slot_at: datetime
    action: str
    topics: tuple[str, ...]
    language: str
    timezone: str
    stories: frozenset[int]
    """Those that each of them may get."""

    @classmethod
    def of(cls, turn: Turn, stories: frozenset[int]) -> _Shared:
        member, due = turn.subscription, turn.due
        return cls(due.slot_at, due.action, member.topics, member.language, member.timezone, stories)


def compose(room: Newsroom) -> int:
    """Composes every edition that is due; gives the number of messages queued. Another process at it means 0."""
    wanted = _wanted(room)
    if not wanted:
        return 0
    with room.database.write() as tx:
        if not leases.acquire(tx, _ALONE, room.claim(_LEASE)):
            return 0
    try:
        return sum(_guarded(room, newsletter) for newsletter in wanted)
    finally:
        with room.database.write() as tx:
            leases.give_back(tx, _ALONE, room.owner)


def _wanted(room: Newsroom) -> list[Newsletter]:
    """The newsletters with something due, without those that had nothing to say in this very state of things."""
    with room.database.read() as tx:
        number, kept = news.seen(tx)
        due: dict[str, list[DueSubscription]] = defaultdict(list)
        for subscription in subscriptions.due(tx, None, room.clock()):
            due[subscription.newsletter].append(subscription)
    return [
        n for n in room.settings.newsletters if n.id in due and kept.get(n.id) != _state(room, n, due[n.id], number)
    ]


def _state(room: Newsroom, newsletter: Newsletter, members: Sequence[DueSubscription], number: int) -> str:
    """Another whenever there may be something else to send these."""
    floors = [(s.id, s.subscriber_id, s.topics, editions.floor(s)) for s in members]
    return sha256(repr((number, floors, sorted(_versions(room, newsletter).items()))).encode()).hexdigest()


def _versions(room: Newsroom, newsletter: Newsletter) -> dict[str, str]:
    return {topic_id: room.versions[topic_id] for topic_id in newsletter.topics if topic_id in room.versions}


def _guarded(room: Newsroom, newsletter: Newsletter) -> int:
    """One newsletter that fails is put off and told; the others go on."""
    try:
        return 0 if room.stop.is_set() else _compose_newsletter(room, newsletter)
    except StoreError:
        raise
    except Exception as error:
        log.exception("a newsletter could not be composed", newsletter=newsletter.id)
        now = room.clock()
        with room.database.write() as tx:
            put_off = {s.id: now + _PUT_OFF for s in subscriptions.due(tx, newsletter.id, now)}
            subscriptions.set_due(tx, put_off)
            notices.post(tx, _subject(newsletter), f"could not be composed ({type(error).__name__}: {error})", now)
        return 0


def _subject(newsletter: Newsletter) -> str:
    return f"newsletter {newsletter.id}"


def _compose_newsletter(room: Newsroom, newsletter: Newsletter) -> int:
    now = room.clock()
    with room.database.read() as tx:
        number, _ = news.seen(tx)  # first: what comes after it is looked for again
        members = subscriptions.due(tx, newsletter.id, now)
        turns = _turns(newsletter, members, now)
        intents = plan(room, tx, newsletter, [turn for turn in turns if turn.due.action != "move"], now)
    if not turns:
        return 0
    with room.database.write() as tx:
        if not leases.renew(tx, _ALONE, room.claim(_LEASE)):  # lost it: another process has composed meanwhile
            return 0
        queued = sum(_record(room, tx, intent, now) for intent in intents)
        moved = {t.subscription.id: t.due.next_due_at for t in turns if t.due.action == "move"}
        subscriptions.set_due(tx, moved)
        if not intents and not moved and len(turns) == len(members):
            news.keep(tx, {newsletter.id: _state(room, newsletter, members, number)})
        notices.withdraw(tx, _subject(newsletter))
    return queued


def _turns(newsletter: Newsletter, members: Sequence[DueSubscription], now: datetime) -> list[Turn]:
    decided: dict[tuple[str, str, datetime], schedule.Due | None] = {}  # thousands share a schedule: ask once
    turns = []
    for member in members:
        key = member.schedule, member.timezone, member.next_due_at
        if key not in decided:
            decided[key] = schedule.due(
                schedule.parse(member.schedule),
                member.timezone,
                next_due_at=member.next_due_at,
                now=now,
                late=newsletter.late,
            )
        due = decided[key]
        if due is not None:
            turns.append(Turn(subscription=member, due=due))
    return turns


def plan(
    room: Newsroom, tx: Transaction, newsletter: Newsletter, turns: Sequence[Turn], now: datetime
) -> list[EditionIntent]:
    """What composing these turns would write, by what the store holds. Writes nothing itself."""
    if not turns:
        return []
    versions = _versions(room, newsletter)
    oldest = min(editions.floor(turn.subscription) for turn in turns)
    candidates = ledger.candidates(tx, versions, oldest)
    people = {turn.subscription.subscriber_id for turn in turns}
    sent = ledger.sent_stories(tx, {c.story_id for c in candidates}, people)
    audiences: dict[_Shared, list[Turn]] = defaultdict(list)
    chosen: dict[tuple[object, ...], frozenset[int]] = {}
    for turn in turns:
        member = turn.subscription
        floor, history = editions.floor(member), sent.get(member.subscriber_id, frozenset())
        asked = (member.topics, floor, history)
        if asked not in chosen:
            chosen[asked] = editions.eligible(candidates, member.topics, floor, history)
        audiences[_Shared.of(turn, chosen[asked])].append(turn)
    wanted = frozenset().union(*(chosen.values()))
    stories = {story.id: story for story in ledger.stories(tx, wanted, versions)}
    intents = (
        _intent(room, newsletter, members, [stories[s] for s in sorted(shared.stories) if s in stories], now)
        for shared, members in audiences.items()
    )
    return [intent for intent in intents if intent]


def _intent(
    room: Newsroom, newsletter: Newsletter, members: Sequence[Turn], stories: Sequence[Story], now: datetime
) -> EditionIntent | None:
    """One audience's slot. None when an `instant` audience has nothing: it has no slots to account for."""
    one = members[0]
    names = {topic.id: topic.name for topic in room.settings.topics}
    brief = editions.Brief(
        newsletter=newsletter,
        topics=tuple((t, names[t]) for t in one.subscription.topics if t in names),
        language=one.subscription.language,
        timezone=one.subscription.timezone,
        slot_at=one.due.slot_at,
        composed_at=now,
    )
    narrowed = editions.narrowed(stories, one.subscription.topics)
    is_late = one.due.action == "skip_late"
    is_instant = schedule.parse(one.subscription.schedule).kind == "instant"
    if is_instant and not narrowed:
        return None
    edition, left_out = (None, {}) if is_late else editions.compose(brief, narrowed)
    if is_late:
        left_out = {story.id: "late: the slot was passed over by the catch-up rule" for story in narrowed}
    return EditionIntent(
        newsletter=newsletter.id,
        audience=editions.audience(brief, narrowed),
        slot_at=one.due.slot_at,
        state="late" if is_late else "composed" if edition else "empty",
        edition=edition,
        left_out=left_out,
        members=tuple((turn.subscription, turn.due.next_due_at) for turn in members),
    )


def _record(room: Newsroom, tx: Transaction, intent: EditionIntent, now: datetime) -> int:
    content = editions.to_json(intent.edition) if intent.edition else None
    ids = {member.id: message_id(room, intent, member) for member, _ in intent.members} if intent.edition else {}
    queued = ledger.record_edition(tx, intent, content, ids, now)
    log.info(
        "composed",
        newsletter=intent.newsletter,
        slot=intent.slot_at.isoformat(),
        state=intent.state,
        stories=len(intent.edition.stories) if intent.edition else 0,
        left_out=len(intent.left_out),
        messages=queued,
    )
    return queued


def message_id(room: Newsroom, intent: EditionIntent, member: DueSubscription) -> str:
    """The Message-ID of the edition's message to this one; `digest preview` shows the same."""
    return deliveries.message_id(
        intent.newsletter, address_key(member.address), intent.slot_at, intent.audience, room.host
    )
