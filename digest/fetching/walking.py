"""One poll: the requests that it makes, one after the other, and what comes of them.

A generator, which asks for requests and is sent the answers; who makes them, and when, is not its business.

1. Redirects are followed by hand, because what a permanent one means depends on all those before it.
2. A request with a form is posted, under the same rules. It goes on only where a redirect keeps the form (307, 308)
   and does not carry it from https to http.
3. Whatever fails becomes `FetchResult.problem`, one sentence (`problems`).
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from typing import NamedTuple
from urllib.parse import urlencode

from digest.fetching import problems
from digest.fetching.trails import REDIRECTS, REDIRECTS_OF_FORMS, FeedError, Trail, has_login, host_of
from digest.fetching.transfers import Answer, Request
from digest.fetching.unpacking import CODINGS, unpacked
from digest.model import FetchRequest, FetchResult, host_key
from digest.settings import Polling

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_REPLY_BYTES = 64 * 1024
"""Of the answer to a form. Nobody needs more than its first line."""


class Hop(NamedTuple):
    """A request that a poll wants to make when it is its turn at the host."""

    host: str
    request: Request


Steps = Generator[Hop, Answer, FetchResult]


class Walker:
    """Walks polls that belong together: a host that one of them finds overloaded rests for all."""

    def __init__(self, polling: Polling, user_agent: str, resting: Collection[str]) -> None:
        self._polling = polling
        self._headers_of_forms = (f"User-Agent: {user_agent}", f"Accept: {ACCEPT}")
        self._headers = (*self._headers_of_forms, f"Accept-Encoding: {CODINGS}")
        self._resting = set(resting)
        """Hosts, as `host_key` writes them, that want to be left alone."""

    def rests(self, url: str) -> bool:
        """Whether its host wants to be left alone."""
        return bool(self._resting) and host_key(url) in self._resting

    def walk(self, request: FetchRequest) -> Steps:
        """One poll; nothing is raised."""
        trail, body, problem = Trail(request.url), b"", None
        try:
            body = yield from self._go(request, trail)
        except Exception as error:  # noqa: BLE001 - hostile input may reach a bug of a library: it stays one feed's problem
            problem = _explain(error, trail)
        # A login is the operator's: he gave it for one address, and it must not be copied to where moves are kept.
        open_to_all = not has_login(trail.url)
        moved = trail.moved_to if problem is None and open_to_all else None
        result = FetchResult(
            request=request,
            status=trail.status,
            headers=trail.headers,
            body=body,
            final_url=str(trail.url if open_to_all else trail.url.with_user(None)) if trail.seen else request.url,
            moved_to=str(moved) if moved else None,
            in_passing=not trail.only_permanent,
            problem=problem,
        )
        if result.is_overloaded:
            self._resting.add(host_key(result.final_url))
        return result

    def _go(self, request: FetchRequest, trail: Trail) -> Generator[Hop, Answer, bytes]:
        """To the end of the redirects; the body there, empty for a 304. Raises whatever goes wrong."""
        trail.start()
        left = self._polling.timeout.total_seconds()
        while True:
            answer = yield Hop(host_of(trail.url), self._request(request, trail, left))
            trail.arrived(answer.status, answer.headers)
            if answer.status not in (REDIRECTS_OF_FORMS if request.form else REDIRECTS):
                return self._read(request, trail, answer)
            left -= answer.seconds
            before = trail.url
            trail.follow()
            if request.form and before.scheme == "https" and trail.url.scheme == "http":
                raise FeedError(
                    f"{before.host} leads from https to {problems.shown(trail.url)}, where others could listen"
                )

    def _request(self, request: FetchRequest, trail: Trail, seconds: float) -> Request:
        form = bool(request.form)
        return Request(
            url=str(trail.url),
            headers=self._headers_of_forms if form else [*self._headers, *_validators(request)],
            form=urlencode(request.form) if form else None,
            seconds=seconds,
            most=_REPLY_BYTES if form else self._polling.max_bytes,
            public=not self._polling.private_addresses,
        )

    def _read(self, request: FetchRequest, trail: Trail, answer: Answer) -> bytes:
        status, url = answer.status, trail.url
        if status is None or (status == 200 and not request.form and answer.fault):
            assert answer.fault
            raise FeedError(problems.of_fault(answer.fault, url, status, self._polling))
        if request.form:
            if 200 <= status < 300:
                return answer.body
            raise FeedError(problems.of_reply(answer, url))
        if status == 304 and (request.etag or request.last_modified):
            return b""
        if status != 200:
            raise FeedError(problems.of_status(answer, url))
        return self._unpacked(answer, trail)

    def _unpacked(self, answer: Answer, trail: Trail) -> bytes:
        limit = self._polling.max_bytes
        try:
            body = unpacked(answer.body, answer.headers.get("content-encoding", ""), limit)
        except ValueError as error:
            raise FeedError(problems.not_so_packed(trail.url)) from error
        except EOFError as error:
            raise FeedError(problems.cut_off(trail.url)) from error
        if len(body) > limit:
            raise FeedError(problems.too_large(trail.url, limit))
        return body


def _validators(request: FetchRequest) -> list[str]:
    pairs = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
    return [f"{name}: {value}" for name, value in pairs.items() if value]


def _explain(error: Exception, trail: Trail) -> str:
    match error:
        case FeedError():
            sentence = str(error)
        case ValueError():
            sentence = f"{problems.shown(trail.url)} cannot be fetched: {problems.clean(str(error))}"
        case _:
            host = problems.clean(trail.url.host or "")
            sentence = f"{host} could not be read: {type(error).__name__}: {problems.clean(str(error))}"
    return f"{sentence} (after a redirect to {problems.shown(trail.url)})" if len(trail.seen) > 1 else sentence
