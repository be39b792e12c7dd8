"""The way of one poll, from the address that was asked for along its redirects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from yarl import URL

from digest.fetching.problems import clean, shown

MAX_REDIRECTS = 5
"""As HTTP recommended once (RFC 9110, section 15.4)."""
REDIRECTS = frozenset({301, 302, 303, 307, 308})
REDIRECTS_OF_FORMS = frozenset({307, 308})
_PERMANENT = frozenset({301, 308})
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@lru_cache(maxsize=512)
def url_of(address: str) -> URL:
    """An address, read once for all that a poll wants to know of it. Raises ValueError."""
    try:
        return URL(address)
    except IndexError as error:  # of yarl 1.25, for "http://]@"
        raise ValueError(address) from error


class FeedError(Exception):
    """Ends a poll; `str()` of it is the problem."""


class Trail:
    """How far one poll has come. What it knows when the poll fails is what the operator is told."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.url = URL()
        self.seen: list[URL] = []
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.moved_to: URL | None = None
        self.only_permanent = True

    def start(self) -> None:
        """Raises FeedError when the address is none."""
        self._go_to(_read_url(self.address))

    def arrived(self, status: int | None, headers: Mapping[str, str]) -> None:
        """At an answer, or at none."""
        self.status, self.headers = status, headers if status is not None else {}

    def follow(self) -> None:
        """Take the redirect just answered. Raises FeedError when it leads nowhere that may be gone to."""
        location = self.headers.get("location")
        if location is None:
            raise FeedError(f"{self.url.host} answered {self.status} without a usable Location, so it leads nowhere")
        old, new = self.url, _with_login(self.url, _read_url(location, base=self.url))
        # A step down from https is followed, but such a hop is nothing to remember: it could not be trusted.
        downgrade = old.scheme == "https" and new.scheme == "http"
        self.only_permanent &= self.status in _PERMANENT and not downgrade
        if self.only_permanent:
            self.moved_to = new
        self._go_to(new)

    def _go_to(self, url: URL) -> None:
        if url in self.seen:
            way = " → ".join(shown(hop) for hop in [*self.seen[self.seen.index(url) :], url])
            raise FeedError(f"it redirects in a loop: {way}")
        if len(self.seen) > MAX_REDIRECTS:
            raise FeedError(f"more than {MAX_REDIRECTS} redirects, the last of them to {shown(url)}")
        self.url = url
        self.seen.append(url)


def host_of(url: URL) -> str:
    """As hosts are compared."""
    return (url.raw_host or "").removesuffix(".").lower()


def _is_host(host: str) -> bool:
    """Whether everybody reads it as the same host. libcurl takes 127.1, 0x7f000001 and 12%37.0.0.1 for 127.0.0.1, and
    rules about hosts would be led astray.
    """
    try:
        if ":" in host:
            return bool(IPv6Address(host.partition("%")[0]))
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            return bool(IPv4Address(host))
    except AddressValueError:
        return False
    return bool(_NAME.fullmatch(host))


@lru_cache(maxsize=512)
def _read_url(address: str, base: URL | None = None) -> URL:
    """An absolute http or https URL without fragment. Raises FeedError."""
    try:
        url = base.join(url_of(address)) if base else url_of(address)
        usable = url.scheme in {"http", "https"} and bool(url.host) and _is_host(host_of(url)) and url.port != 0
    except ValueError:
        url, usable = URL(), False
    if not usable:
        what = "it redirects to an address" if base else "the address is one"
        raise FeedError(f"{what} that cannot be fetched: {clean(address)}; expected http:// or https:// and a host")
    return url.with_fragment(None)


def _with_login(old: URL, new: URL) -> URL:
    """`new` with the login of `old` where it is the same server's, as every client does it."""
    if not has_login(old) or has_login(new) or old.origin() != new.origin():
        return new
    return new.with_user(old.user).with_password(old.password)


def has_login(url: URL) -> bool:
    """A password may stand without a name."""
    return url.user is not None or url.password is not None
