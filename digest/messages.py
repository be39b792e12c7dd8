"""Messages: an edition's parts are encoded once, and what differs per subscriber is spliced in.

A template says `{{ recipient.address }}` and is given a *slot*: one private-use character. Text from feeds and from
the configuration passes through `clean`, which drops such characters, so that nothing from outside can forge a slot.
`Skeleton.build` cuts both bodies at the slots and encodes what lies between; `Skeleton.fill` joins those chunks with
the encoded values of one recipient.

Two content transfer encodings (RFC 2045, sections 6.7 and 6.8), for each body the one that comes out shorter:
quoted-printable triples what is not ASCII, base64 adds a third to everything.

- Quoted-printable: every chunk and every value ends with a soft line break, so each piece has lines of its own.
- Base64 works on groups of three bytes, and a value shifts all that follows by 0, 1 or 2 places. So each chunk is
  encoded three times, once for each number of its first bytes that the group before it may still need. Lines shorter
  than 76 characters are allowed anywhere.

Headers are written here and not by `email.policy`: that one RFC-2047-encodes a List-Unsubscribe of more than 78
characters, which mail programs then ignore, or, told to leave lines long, lets an encoded word grow past 75.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import b2a_qp
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.header import Header
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from typing import Final, Protocol
from urllib.parse import quote, urlsplit

from digest.links import ascii_host
from digest.model import Edition, Recipient, Rendered
from digest.settings import Site
from digest.wording import shorten

NAME: Final = "\ue101"
"""Slot: the person's name; the address where no name is known."""
ADDRESS: Final = "\ue102"
"""Slot: the address that the message goes to."""
LEAVE: Final = "\ue103"
"""Slot: the URL for leaving the newsletter."""

_SLOT = re.compile(f"([{NAME}{ADDRESS}{LEAVE}])")
# Controls, bidirectional embeddings, overrides and isolates, private use, noncharacters, interlinear annotations,
# byte order marks, halves of surrogate pairs. Joiners, marks and tags stay: scripts and emoji are made of them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\ufffb"
    "\ufffe\uffff\ud800-\udfff\U000f0000-\U0010ffff]"
)
_BLANK = re.compile("[ \t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"
_PLAIN_LOCAL_PART = re.compile(rf'{_ATEXT}(?:\.{_ATEXT})*|"(?:[^"\\]|\\.)*"')
_LONGEST_NAME = 128
_CRLF = "\r\n"


def clean(text: str) -> str:
    """One line without control, bidirectional-override and private-use characters; runs of blanks become one space.

    No-break spaces stay. What comes out can stand in a header and can hold no slot.
    """
    return _BLANK.sub(" ", _UNWANTED.sub("", text)).strip()


# --- bodies ---------------------------------------------------------------------------------------------------------


class _Body(Protocol):
    """One encoded part: `encoding` names it, `fill` gives its bytes with the slots filled."""

    @property
    def encoding(self) -> str: ...
    def fill(self, values: Mapping[str, bytes]) -> bytes: ...


def _quoted(data: bytes) -> bytes:
    return b2a_qp(data).replace(b"\n", b"\r\n")


@dataclass(frozen=True, slots=True)
class _QuotedPrintable:
    first: bytes
    rest: tuple[tuple[str, bytes], ...]
    """Each slot with the chunk after it, ready to be joined."""
    encoding: str = "quoted-printable"

    @classmethod
    def cut(cls, first: bytes, rest: list[tuple[str, bytes]]) -> _QuotedPrintable:
        joined = [(slot, _quoted(chunk)) for slot, chunk in rest]
        ends = [b"=\r\n" if chunk else b"" for _, chunk in joined[:-1]] + [b""]
        pairs = tuple((slot, chunk + end) for (slot, chunk), end in zip(joined, ends, strict=False))
        return cls(_quoted(first) + (b"=\r\n" if first and rest else b""), pairs)

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        pieces = [self.first]
        for slot, chunk in self.rest:
            pieces += (_quoted(values[slot]), b"=\r\n", chunk)
        return b"".join(pieces)


def _base64(data: bytes) -> bytes:
    return encodebytes(data).replace(b"\n", b"\r\n")


@dataclass(frozen=True, slots=True)
class _Shifted:
    """A chunk that starts within a group: its first bytes, which complete the group, and the rest encoded."""

    start: bytes
    encoded: bytes
    tail: bytes
    """The 0 to 2 bytes that begin the next group."""

    @classmethod
    def by(cls, shift: int, chunk: bytes) -> _Shifted:
        end = len(chunk) - max(len(chunk) - shift, 0) % 3
        return cls(chunk[:shift], _base64(chunk[shift:end]), chunk[max(shift, end) :])


@dataclass(frozen=True, slots=True)
class _Base64:
    first: _Shifted
    rest: tuple[tuple[str, tuple[_Shifted, ...]], ...]
    """Each slot with the chunk after it, shifted by 0, 1 and 2 bytes."""
    encoding: str = "base64"

    @classmethod
    def cut(cls, first: bytes, rest: list[tuple[str, bytes]]) -> _Base64:
        shifts = ((slot, tuple(_Shifted.by(shift, chunk) for shift in range(3))) for slot, chunk in rest)
        return cls(_Shifted.by(0, first), tuple(shifts))

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        pieces, carry = [self.first.encoded], self.first.tail
        for slot, shifts in self.rest:
            group = carry + values[slot]
            chunk = shifts[-len(group) % 3]
            group += chunk.start
            whole = len(group) - len(group) % 3  # less than all only where the chunk is too short to complete it
            pieces += (_base64(group[:whole]), chunk.encoded)
            carry = group[whole:] + chunk.tail
        pieces.append(_base64(carry))
        return b"".join(pieces)


def _encode(body: str) -> _Body:
    lines = re.sub("\r\n?", "\n", body).rstrip("\n") + "\n"
    first, *others = _SLOT.split(lines)
    rest = [(slot, chunk.encode()) for slot, chunk in zip(others[::2], others[1::2], strict=True)]
    quoted = _QuotedPrintable.cut(first.encode(), rest)
    length = len(first.encode()) + sum(len(chunk) for _, chunk in rest)
    if len(quoted.first) + sum(len(chunk) for _, chunk in quoted.rest) <= length * 4 / 3:
        return quoted
    crlf = [(slot, chunk.replace(b"\n", b"\r\n")) for slot, chunk in rest]
    return _Base64.cut(first.encode().replace(b"\n", b"\r\n"), crlf)


# --- headers --------------------------------------------------------------------------------------------------------


def _is_plain(text: str) -> bool:
    """Whether text can stand in a header as it is, folded at its spaces."""
    return text.isascii() and "=?" not in text and all(len(word) <= 60 for word in text.split(" "))


def _words(name: str, text: str) -> str:
    """The text of header `name`, as it is or as encoded words of at most 75 characters, folded to lines of 76."""
    charset = "us-ascii" if _is_plain(text) else "utf-8"
    return Header(text, charset, maxlinelen=76, header_name=name).encode(splitchars=" ", linesep=_CRLF)


def _phrase(name: str, text: str) -> str:
    """A display name (RFC 5322, `phrase`): atoms, a quoted string, or encoded words where neither will do."""
    text = shorten(clean(text), _LONGEST_NAME)
    if not _is_plain(text) or len(text) > 60:
        return Header(text, "utf-8", maxlinelen=76, header_name=name).encode(linesep=_CRLF)
    if not text or _ATOMS.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _named(name: str, text: str, target: str) -> str:
    """The whole header line `name: text <target>`, folded where it would pass 78 characters."""
    phrase = _phrase(name, text)
    last = f"{name}: {phrase}".rpartition(_CRLF)[2]
    gap = _CRLF + " " if len(last) + len(target) > 75 else " "
    return f"{name}: {phrase}{gap if phrase else ''}<{target}>{_CRLF}"


def _route(address: str) -> str:
    """An address, ASCII as the configuration makes it, for a header (RFC 5322, `addr-spec`): a local part that needs
    it in quotes.
    """
    local, at, domain = clean(address).rpartition("@")
    domain = re.sub(r"[\s<>,;]", "", domain)
    if not _PLAIN_LOCAL_PART.fullmatch(local):
        local = '"' + local.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return local + at + domain


def _url(url: str) -> str:
    """A URL as RFC 2369 wants it between angle brackets: ASCII, no blanks, no brackets of its own."""
    return quote(clean(url), safe="!#$%&'()*+,/:;=?@[]~-._")


def _list_id(edition: Edition, site: Site) -> str:
    """RFC 2919: stable, in a name space that the sender owns, below 255 characters."""
    host = urlsplit(site.url).hostname or "localhost"
    host = host if host.isascii() else ascii_host(host) or host
    target = ".".join(re.sub(r"[^A-Za-z0-9._-]", "-", part) for part in (edition.newsletter, host))
    return _named("List-Id", edition.title, target[-200:].lstrip("."))


def _shared_headers(rendered: Rendered, edition: Edition, site: Site) -> str:
    lines = (
        "Subject: " + _words("Subject", clean(rendered.subject)),
        # Of the edition, not of the attempt: a repeat of a delivery is the same message.
        "Date: " + format_datetime(edition.composed_at.astimezone(UTC)),
        "Auto-Submitted: auto-generated",  # RFC 3834
        "Precedence: bulk",
        "Content-Language: " + re.sub(r"[^A-Za-z0-9-]", "-", edition.language),
        "MIME-Version: 1.0",
    )
    return _CRLF.join(lines) + _CRLF + _list_id(edition, site)


def _part(kind: str, body: _Body) -> str:
    return (
        f'Content-Type: text/{kind}; charset="utf-8"{_CRLF}Content-Transfer-Encoding: {body.encoding}{_CRLF}{_CRLF}'
    )


# --- the whole ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Skeleton:
    """An edition's message, encoded, with open slots. `fill` costs microseconds and may run in several threads."""

    shared: bytes
    """From the first header to the last that every recipient shares."""
    opening: bytes
    """Content-Type, and all up to the text part's body."""
    text: _Body
    between: bytes
    html: _Body
    ending: bytes

    @classmethod
    def build(cls, rendered: Rendered, *, edition: Edition, site: Site) -> Skeleton:
        """Encode the parts of a rendered edition. Deterministic: the same edition gives the same bytes."""
        text, html = _encode(rendered.text), _encode(rendered.html)
        # "=_" occurs in neither encoding (RFC 2045, section 6.7), so no body can hold the boundary.
        boundary = "=_" + sha256(f"{rendered.text}\0{rendered.html}".encode()).hexdigest()[:32]
        sender = _named("From", site.sender_name, _route(site.sender_address))
        kind = f'Content-Type: multipart/alternative;{_CRLF} boundary="{boundary}"{_CRLF}{_CRLF}'
        return cls(
            shared=(sender + _shared_headers(rendered, edition, site)).encode(),
            opening=f"{kind}--{boundary}{_CRLF}{_part('plain', text)}".encode(),
            text=text,
            between=f"{_CRLF}--{boundary}{_CRLF}{_part('html', html)}".encode(),
            html=html,
            ending=f"{_CRLF}--{boundary}--{_CRLF}".encode(),
        )

    def fill(self, recipient: Recipient) -> bytes:
        """The whole message for one recipient (RFC 5322, lines end with CRLF), ready for a server or a maildir."""
        address, leave = clean(recipient.address), _url(recipient.leave)
        values = {NAME: shorten(clean(recipient.name), _LONGEST_NAME) or address, ADDRESS: address, LEAVE: leave}
        own = (
            _named("To", recipient.name, _route(address)),
            f"Message-ID: {clean(recipient.message_id)}{_CRLF}",
            f"List-Unsubscribe: <{leave}>{_CRLF}",
        )
        return b"".join(
            (
                self.shared,
                "".join(own).encode(),
                self.opening,
                self.text.fill({slot: value.encode() for slot, value in values.items()}),
                self.between,
                self.html.fill({slot: escape(value).encode() for slot, value in values.items()}),
                self.ending,
            )
        )
