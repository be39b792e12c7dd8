"""What the daemon serves: `/health` for whoever watches it, `/metrics` for Prometheus, `/websub/TOKEN` for hubs.

`/health` answers 200 when the database can be read and every tick ended well lately, else 503; its JSON says which.

`/websub/TOKEN` alone is meant for strangers: a hub verifies a subscription there (GET) and pushes to it (POST). Where
the token is unknown nothing is read; else a body is, up to `polling.max_bytes` and within `polling.timeout`, from
`_PUSHES_AT_ONCE` hubs at a time. A push is answered 200 when its articles are stored, and so is one that is ignored
for its signature (W3C WebSub, section 7.1).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import anyio
import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digest.errors import StoreError
from digest.pipeline import Newsroom, pushing, subscribing
from digest.settings import Polling, Web
from digest.store import report

_PATIENCE = timedelta(minutes=45)
"""How much longer than its interval a tick may take before `/health` complains; a batch of polls can take 40."""

_PUSHES_AT_ONCE = 8
"""Bodies in memory at a time."""

log = structlog.get_logger()

Ticks = Mapping[str, datetime]


def application(
    database: str,
    ticks: Ticks,
    every: Mapping[str, timedelta],
    clock: Callable[[], datetime],
    room: Callable[[], Newsroom] | None = None,
) -> Starlette:
    """The pages. `ticks` says when each tick last ended well, `every` how often it should; both are read live.

    `room` gives the newsroom of the moment; without it hubs find nobody here.
    """
    registry = CollectorRegistry()
    registry.register(_FromStore(database, clock))

    def health(_: Request) -> Response:
        problems = _late_ticks(ticks, every, clock())
        try:
            waiting = report.deliveries_due(database)
        except StoreError as error:
            return JSONResponse({"ok": False, "problems": [*problems, str(error)]}, status_code=503)
        told = {"ok": not problems, "problems": problems, "waiting": waiting}
        return JSONResponse(told, status_code=503 if problems else 200)

    def metrics(_: Request) -> Response:
        try:
            return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
        except StoreError as error:
            return Response(f"# {error}\n", status_code=503, media_type="text/plain")

    pages = [Route("/health", health), Route("/metrics", metrics)]
    return Starlette(routes=[*pages, *_for_hubs(room)] if room else pages)


# --- for hubs -------------------------------------------------------------------------------------------------------


def _for_hubs(room: Callable[[], Newsroom]) -> list[Route]:
    places = anyio.CapacityLimiter(_PUSHES_AT_ONCE)

    def verify(request: Request) -> Response:
        try:
            challenge = subscribing.verify(room(), request.path_params["token"], request.query_params)
        except StoreError as error:
            return _not_now(error)
        if challenge is None:
            return Response(status_code=404)
        # The text is a stranger's: no browser shall take it for a page.
        return Response(challenge, media_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})

    async def push(request: Request) -> Response:
        token = request.path_params["token"]
        try:
            if not await run_in_threadpool(pushing.is_ours, room(), token):
                return Response(status_code=410)
            async with places:
                body = await _body(request, room().settings.polling)
                if isinstance(body, Response):
                    return body
                signature, kind = (request.headers.get(name) for name in ("x-hub-signature", "content-type"))
                work = partial(pushing.push, room(), token, body, signature=signature, content_type=kind)
                return Response(status_code=410 if await run_in_threadpool(work) == "unknown" else 200)
        except StoreError as error:
            return _not_now(error)

    path = "/websub/{token}"
    return [Route(path, verify, methods=["GET"]), Route(path, push, methods=["POST"])]


async def _body(request: Request, polling: Polling) -> bytes | Response:
    """The body; or the answer to one that is too large, too slow or broken off."""
    body = bytearray()
    try:
        with anyio.fail_after(polling.timeout.total_seconds()):
            async for chunk in request.stream():
                body += chunk
                if len(body) > polling.max_bytes:
                    return Response(status_code=413, headers={"Connection": "close"})
    except TimeoutError:
        return Response(status_code=408, headers={"Connection": "close"})
    except ClientDisconnect:
        return Response(status_code=400)
    return bytes(body)


def _not_now(error: StoreError) -> Response:
    log.error("a hub could not be served", reason=str(error))
    return Response(status_code=503, headers={"Retry-After": "60"})


# --- figures --------------------------------------------------------------------------------------------------------


def _late_ticks(ticks: Ticks, every: Mapping[str, timedelta], now: datetime) -> list[str]:
    return [
        f"the tick `{name}` has not ended well since {ticks[name]:%Y-%m-%d %H:%M:%S} UTC; look into the log"
        for name in sorted(ticks)
        if now - ticks[name] > every[name] + _PATIENCE
    ]


class _FromStore(Collector):
    """Figures of the store at the moment of the scrape. Labels are states, never addresses or URLs."""

    def __init__(self, database: str, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    def collect(self) -> Iterable[Metric]:
        told, now = report.status(self._database), self._clock()
        feeds, articles = told["feeds"], told["articles"]
        yield _by("digest_feeds", "Configured feeds.", {"well": feeds["total"] - feeds["ill"], "ill": feeds["ill"]})
        yield GaugeMetricFamily("digest_pushed_feeds", "Feeds that a hub pushes.", value=told["hubs"]["pushed"])
        kinds = {kind: articles[kind] for kind in ("held", "waiting")}
        rest = articles["total"] - sum(kinds.values())
        yield _by("digest_articles", "Articles stored.", {"done": rest, **kinds})
        states = ("queued", "sending", "accepted", "deferred", "refused", "unsure")
        yield _by("digest_deliveries", "Deliveries.", {state: told["deliveries"].get(state, 0) for state in states})
        attempts = CounterMetricFamily("digest_attempts", "Attempts to hand over a message.", labels=["outcome"])
        for outcome in ("accepted", "deferred", "refused", "unsure"):
            attempts.add_metric([outcome], told["attempts"].get(outcome, 0))
        yield attempts
        for name, words, since in (
            ("digest_oldest_waiting_delivery_seconds", "Age of the oldest message not sent.", "oldest_waiting_at"),
            ("digest_most_overdue_edition_seconds", "How long the most overdue slot has passed.", "oldest_due_at"),
        ):
            yield GaugeMetricFamily(name, words, value=_seconds(now, told[since]))
        wrong = any(notice["subject"] == "config" for notice in told["notices"])
        yield GaugeMetricFamily("digest_configuration_valid", "0: the last good one is in use.", value=not wrong)
        yield GaugeMetricFamily("digest_notices", "Standing notices to the operator.", value=len(told["notices"]))


def _by(name: str, words: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=["state"])
    for state, value in values.items():
        family.add_metric([state], value)
    return family


def _seconds(now: datetime, since: datetime | None) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


@contextmanager
def serving(app: Starlette, web: Web) -> Iterator[None]:
    """Serves the pages in a thread of their own while the block runs; they are there when it begins.

    An address that cannot be bound is logged, and everything else goes on: mails matter more than this page.
    """
    server = uvicorn.Server(
        uvicorn.Config(app, host=web.host, port=web.port, log_config=None, access_log=False, lifespan="off")
    )
    thread = threading.Thread(target=_serve, args=(server, web), name="web", daemon=True)
    thread.start()
    while thread.is_alive() and not server.started:  # a hub may come back to us before its first answer
        thread.join(timeout=0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(timeout=10)


def _serve(server: uvicorn.Server, web: Web) -> None:
    try:
        server.run()
    except SystemExit:  # what uvicorn raises when it cannot bind
        log.error("the pages are not served: the address is taken or not ours", address=f"{web.host}:{web.port}")  # noqa: TRY400
