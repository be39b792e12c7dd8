"""The next edition, as one subscriber would get it, without composing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest import deliveries, rendering
from digest.messages import Skeleton
from digest.model import Newsletter, Recipient, address_key
from digest.pipeline import composing
from digest.pipeline.newsroom import Newsroom


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

    None when there is no such subscriber, or nothing to send. Raises RenderError. Writes nothing.
    """
    intent = composing.preview(room, newsletter, address)
    if intent is None or intent.edition is None:
        return None
    edition, site = intent.edition, room.settings.site
    rendered = rendering.render(edition, site, room.templates)
    skeleton = Skeleton.build(rendered, edition=edition, site=site)
    member = intent.members[0][0]
    message_id = deliveries.message_id(
        newsletter.id, address_key(member.address), intent.slot_at, intent.audience, room.host
    )
    message = skeleton.fill(
        Recipient(address=member.address, name="", message_id=message_id, leave=f"mailto:{site.sender_address}")
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


def _bodies(message: bytes) -> tuple[str, str]:
    from email import message_from_bytes, policy

    parsed = message_from_bytes(message, policy=policy.default)
    parts = {part.get_content_type(): part.get_content() for part in parsed.walk() if not part.is_multipart()}
    return parts["text/plain"], parts["text/html"]
