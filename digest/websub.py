"""WebSub (W3C Recommendation, 23 January 2018): pure decisions of a subscriber.

What becomes of a subscription, a `HubSubscription` each time:

    wanted ──► requested ──► active ──► requested (renewal; the old lease goes on) ──► …
                   │  ▲
                   ▼  │ after a pause
                 failed          denied, at any time, by the hub's word

A subscription is asked for with `ask`, which is written before the request goes out: a hub may verify it while our
request still waits for its answer. `requested_at` and `retry_at` then hold the pause to the next attempt, which is
doubled each time; there is no counter. A hub that refuses (4xx), or has failed until the pause would exceed a day, is
given up: it is named as the problem, and asked again once a week.

What makes a push genuine is the token in the address and the signature; where a hub gives none, or one that is wrong,
its push is ignored. Section numbers below are those of the Recommendation.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from digest import waiting
from digest.model import FetchResult, HubSubscription, PollIntent
from digest.settings import Polling
from digest.wording import lasting, one_line

LEASE = timedelta(days=10)
"""What we ask for; the hub decides (section 5.1)."""
LONGEST_LEASE = timedelta(days=30)
"""We do not rely on a promise for longer."""
RENEW_AFTER = 0.8
"""Of the lease: two days are left of ten, enough for a hub that is down for one."""
SHORTEST_PAUSE = timedelta(minutes=10)
"""Between two requests for one subscription, whatever the hub says."""
GIVE_UP = timedelta(days=1)
"""When the pause would exceed it. The pauses before it add up to two days."""
AFTER_GIVING_UP = timedelta(days=7)
AFTER_A_DENIAL = timedelta(days=30)
"""A hub that denies has made up its mind; it may change it, and never says so."""
PENDING = timedelta(hours=1)
"""How long a hub may take to verify, or verify again because our answer got lost; after it nothing is answered."""
SIGNATURES = ("sha1", "sha256", "sha384", "sha512")
"""Methods of section 7.1. The weakest, HMAC-SHA1, is accepted: it is what the largest hubs send, and what is broken
in SHA-1 are collisions, which do not help to forge an HMAC (RFC 6194, section 3.3)."""

_ASKED = ("requested", "active", "failed")
"""A hub may have failed to answer, and verify nevertheless."""
_MOST_LINKS = 100
"""Read of one header."""


# --- discovery (section 4) ------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """A feed says that it can be pushed."""

    hubs: tuple[str, ...]
    """Absolute, at least one, in the feed's order."""
    topic: str


def discover(link_header: str | None, named: Sequence[str], self_link: str | None, *, base: str) -> Offer | None:
    """What a feed offers: by its Link headers, and where these are silent by the hubs that its document has `named`,
    and by its `self_link`.

    `base` is the address that answered; it is the topic of a feed that does not name itself. Addresses that are not
    http or https are passed over.
    """
    links = [(rels, urljoin(base, target)) for target, rels in _links(link_header or "") if _can_join(base, target)]
    hubs = [target for rels, target in links if "hub" in rels and _is_web(target)]
    selves = [target for rels, target in links if "self" in rels and _is_web(target)]
    hubs = hubs or [hub for hub in named if _is_web(hub)]
    if not selves and self_link and _is_web(self_link):
        selves = [self_link]
    return Offer(hubs=tuple(dict.fromkeys(hubs)), topic=[*selves, base][0]) if hubs else None


def choose(offer: Offer, current: HubSubscription | None) -> str:
    """The hub to use: the one in use while it is offered and has not failed, else the next one, else the first."""
    if current is None or current.hub not in offer.hubs:
        return offer.hubs[0]
    if current.state not in ("failed", "denied"):
        return current.hub
    place = offer.hubs.index(current.hub)
    return offer.hubs[(place + 1) % len(offer.hubs)]


_LINK = re.compile(r'\s*<([^<>"\s]*)>((?:[^",<>]|"(?:[^"\\]|\\.)*")*)(?:,|$)')
_PARAMETER = re.compile(r';\s*([\w!#$&+.^`|~*-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*))?\s*')


def _links(header: str) -> Iterator[tuple[str, frozenset[str]]]:
    """(target, relations in lower case) of each link of RFC 8288 that is about the document itself.

    What cannot be read is passed over up to the next `<`.
    """
    place = 0
    for _ in range(_MOST_LINKS):
        place = header.find("<", place)
        if place < 0:
            return
        found = _LINK.match(header, place)
        if found is None:
            place += 1
            continue
        place = found.end()
        told: dict[str, str] = {}
        for name, value in _PARAMETER.findall(found[2]):
            told.setdefault(name.lower(), _unquoted(value))  # the first `rel` counts (RFC 8288, section 3.3)
        if "anchor" not in told:  # with one the link is about something else
            yield found[1], frozenset(told.get("rel", "").lower().split())


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _can_join(base: str, target: str) -> bool:
    try:
        urljoin(base, target)
    except ValueError:
        return False
    return True


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


# --- asking (section 5.1) -------------------------------------------------------------------------------------------


def callback(public_url: str, token: str) -> str:
    """Our address for one subscription."""
    return f"{public_url.rstrip('/')}/websub/{token}"


def ask(subscription: HubSubscription, now: datetime) -> HubSubscription:
    """The subscription as it is when the request for it goes out."""
    problem = subscription.problem
    if subscription.state == "requested" and subscription.requested_at is not None:
        since = f"{subscription.requested_at:%Y-%m-%d %H:%M} UTC"
        problem = f"the hub {_host(subscription)} was asked to push on {since}, but has not come back to verify it"
    pause = _pause(subscription)
    return replace(
        subscription,
        state="requested",
        requested_at=now,
        retry_at=now + pause,
        problem=_given_up(problem) if problem and pause > GIVE_UP else problem,
    )


def _pause(subscription: HubSubscription) -> timedelta:
    """To the next attempt, should the coming one fail: the double of the last one."""
    asked, again = subscription.requested_at, subscription.retry_at
    if subscription.state not in ("requested", "failed") or asked is None or again is None:
        return SHORTEST_PAUSE
    pause = max(2 * (again - asked), SHORTEST_PAUSE)
    return pause if pause <= GIVE_UP else AFTER_GIVING_UP


def ending(public_url: str) -> str:
    """How the tokens made for this public address of ours end.

    A subscription made for another one has another ending: what hubs send there does not reach us any more.
    """
    return "." + hashlib.sha256(public_url.encode()).hexdigest()[:8]


def form(subscription: HubSubscription, public_url: str) -> tuple[tuple[str, str], ...]:
    """The request.

    The secret goes to hubs without TLS too: a signature that an eavesdropper could forge is worth more than none, and
    the address of the callback goes the same way.
    """
    return (
        ("hub.mode", "subscribe"),
        ("hub.topic", subscription.topic),
        ("hub.callback", callback(public_url, subscription.token)),
        ("hub.lease_seconds", str(int(LEASE.total_seconds()))),
        ("hub.secret", subscription.secret),
    )


def refused(asked: HubSubscription, answer: FetchResult, now: datetime) -> HubSubscription:
    """The subscription when the hub's answer to `ask` was a problem."""
    assert asked.requested_at is not None, "it was asked for"
    assert asked.retry_at is not None, "it was asked for"
    told = f"the hub {_host(asked)} does not take our subscription: {answer.problem}"
    final = answer.status is not None and 400 <= answer.status < 500 and answer.status not in (408, 425, 429)
    pause = AFTER_GIVING_UP if final else asked.retry_at - asked.requested_at
    wished = waiting.retry_after(answer.headers.get("retry-after"), now) or timedelta(0)
    again = max(asked.requested_at + pause, now + min(wished, AFTER_GIVING_UP))
    return replace(asked, state="failed", retry_at=again, problem=_given_up(told) if pause > GIVE_UP else told)


def _given_up(problem: str) -> str:
    rest = "; given up, the feed is polled instead (the hub is asked again once a week)"
    return problem if problem.endswith(rest) else problem + rest


def _host(subscription: HubSubscription) -> str:
    return urlsplit(subscription.hub).hostname or subscription.hub


# --- what hubs ask us (sections 5.2 and 5.3) ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What to store, and the text to answer with."""

    subscription: HubSubscription
    text: str


def verify(subscription: HubSubscription, query: Mapping[str, str], now: datetime) -> Reply | None:
    """The reply to a hub's GET; None when it asks for something that we did not ask for.

    Within `PENDING` a verification may be repeated: a hub whose answer got lost must not believe that we do not want
    the subscription. We never ask to end one, so that is never confirmed.
    """
    if query.get("hub.topic") != subscription.topic:
        return None
    mode, challenge = query.get("hub.mode"), query.get("hub.challenge")
    if mode == "denied":
        return Reply(subscription=_denied(subscription, query.get("hub.reason", ""), now), text="")
    asked = subscription.requested_at
    pending = subscription.state in _ASKED and asked is not None and now - asked <= PENDING
    if mode != "subscribe" or not challenge or not pending:
        return None
    lease = _lease(query.get("hub.lease_seconds"))
    active = replace(
        subscription,
        state="active",
        expires_at=now + lease,
        retry_at=now + max(lease * RENEW_AFTER, SHORTEST_PAUSE),
        problem=None,
    )
    return Reply(subscription=active, text=challenge)


def _lease(seconds: str | None) -> timedelta:
    """What the hub promises; what we asked for when it says nothing readable."""
    if seconds is None or not re.fullmatch(r"[0-9]{1,18}", seconds) or not int(seconds):
        return LEASE
    return min(timedelta(seconds=min(int(seconds), int(LONGEST_LEASE.total_seconds()))), LONGEST_LEASE)


def _denied(subscription: HubSubscription, reason: str, now: datetime) -> HubSubscription:
    said = one_line(reason)[:200]
    told = f"the hub {_host(subscription)} denies the subscription" + (f": {said}" if said else "")
    return replace(subscription, state="denied", expires_at=None, retry_at=now + AFTER_A_DENIAL, problem=told)


def is_pushed(subscription: HubSubscription, now: datetime) -> bool:
    """Whether the hub's promise holds: the feed need be polled only now and then."""
    return subscription.expires_at is not None and subscription.expires_at > now


def poll_slowly(intent: PollIntent, settings: Polling, now: datetime) -> PollIntent:
    """What a poll of a feed means that is pushed: a good one need not be repeated soon, a failed one as ever."""
    if not intent.succeeded or intent.next_poll_at is None:
        return intent
    longest = max(settings.at_most / (1 + waiting.SPREAD), settings.every)
    checked = now + longest * (1 + waiting.SPREAD * waiting.fraction(str(intent.feed_id)))
    why = f"a hub pushes what is new; {lasting(settings.at_most)} is the longest interval (polling.at_most)"
    return replace(intent, next_poll_at=checked, wait_reason=why) if checked > intent.next_poll_at else intent


def lapse(subscription: HubSubscription, now: datetime) -> HubSubscription:
    """The subscription without a lease that has ended."""
    if subscription.expires_at is None or is_pushed(subscription, now):
        return subscription
    told = f"the hub {_host(subscription)} did not renew the subscription, which has ended"
    state = "wanted" if subscription.state == "active" else subscription.state
    return replace(subscription, state=state, expires_at=None, problem=subscription.problem or told)


# --- what hubs send us (section 7) ----------------------------------------------------------------------------------


def is_genuine(secret: str, body: bytes, signature: str | None) -> bool:
    """Whether `X-Hub-Signature` (`method=hexdigest`) proves that the body comes from somebody with the secret."""
    method, _, digest = (signature or "").strip().partition("=")
    if method.lower() not in SIGNATURES or not digest.isascii():
        return False
    ours = hmac.new(secret.encode(), body, getattr(hashlib, method.lower())).hexdigest()
    return hmac.compare_digest(ours, digest.strip().lower())
