"""The next edition, as one subscriber would get it, without composing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from digest import rendering, schedule
from digest.errors import DigestError
from digest.messages import Skeleton
from digest.model import DueSubscription, EditionIntent
from digest.pipeline import composing
from digest.pipeline.newsroom import Newsroom
from digest.pipeline.sending import recipient
from digest.settings import Newsletter, address_key
from digest.store import subscriptions


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What would be sent, in three forms."""

    subject: str
    html: str
    """With the recipient's address filled in."""
    text: str
    message: bytes
    """The whole e-mail (RFC 5322)."""
    stories: int
    slot_at: datetime
    address: str


def preview(room: Newsroom, newsletter: Newsletter, address: str | None) -> Page | None:
    """The edition due next to that subscriber (the first one, without an address), by what is stored now.

    None when there is nothing to send. Raises DigestError when there is no such subscriber, RenderError when a
    template fails. Writes nothing.
    """
    names = _names(room, newsletter, address)
    intent = _intent(room, newsletter, address)
    if intent is None or intent.edition is None:
        return None
    edition, site = intent.edition, room.settings.site
    rendered = rendering.render(edition, site, room.templates)
    skeleton = Skeleton.build(rendered, edition=edition, site=site)
    member = intent.members[0][0]
    name, message_id = names[address_key(member.address)], composing.message_id(room, intent, member)
    message = skeleton.fill(
        recipient(room, newsletter=newsletter.id, address=member.address, name=name, message_id=message_id)
    )
    text, html = _bodies(message)
    return Page(
        subject=rendered.subject,
        html=html,
        text=text,
        message=message,
        stories=len(edition.stories),
        slot_at=intent.slot_at,
        address=member.address,
    )


def _intent(room: Newsroom, newsletter: Newsletter, address: str | None) -> EditionIntent | None:
    now = room.clock()
    with room.database.read() as tx:
        members = subscriptions.of_newsletter(tx, newsletter.id, now)
        asked = (m for m in members if address is None or address_key(m.address) == address_key(address))
        turns = [turn for member in islice(asked, 1) if (turn := _turn(newsletter, member, now))]
        return next(iter(composing.plan(room, tx, newsletter, turns, now)), None)


def _turn(newsletter: Newsletter, member: DueSubscription, now: datetime) -> composing.Turn | None:
    """For the slot that is served next: one that has come and is still to be served, else the one after it.

    None when the schedule never comes again.
    """
    found = schedule.due(
        schedule.parse(member.schedule),
        member.timezone,
        next_due_at=member.next_due_at,
        now=now,
        late=newsletter.late,
    )
    slot = member.next_due_at if found is None else found.next_due_at
    if found is not None and found.action == "compose":
        slot = found.slot_at
    if slot is None:
        return None
    return composing.Turn(subscription=member, due=schedule.Due(slot_at=slot, action="compose", next_due_at=None))


def _names(room: Newsroom, newsletter: Newsletter, address: str | None) -> dict[str, str]:
    """The names of those who are served, by address key."""
    with room.database.read() as tx:
        rows = subscriptions.listing(tx)
    served = [row for row in rows if (row["newsletter"], row["state"]) == (newsletter.id, "active")]
    names = {address_key(row["address"]): row["name"] for row in served}
    if not names:
        raise DigestError(
            f"{newsletter.id} has no subscribers in the database; `digest once` takes over those of the configuration"
        )
    if address is not None and address_key(address) not in names:
        raise DigestError(f"{address} is not subscribed to {newsletter.id}; see `digest subscribers list`")
    return names


def _bodies(message: bytes) -> tuple[str, str]:
    from email import message_from_bytes, policy

    parsed = message_from_bytes(message, policy=policy.default)
    parts = {part.get_content_type(): part.get_content() for part in parsed.walk() if not part.is_multipart()}
    return parts["text/plain"], parts["text/html"]
