"""What the daemon serves: `/health` for whoever watches it, `/metrics` for Prometheus.

`/health` answers 200 when the database can be read and every tick ended well lately, else 503; its JSON says which.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from digest.errors import StoreError
from digest.settings import Web
from digest.store import report

_PATIENCE = timedelta(minutes=10)
"""How long a tick may take, and a message whose time has come may wait, before `/health` complains."""

log = structlog.get_logger()

Ticks = Mapping[str, datetime]


def application(
    database: str, ticks: Ticks, every: Mapping[str, timedelta], clock: Callable[[], datetime]
) -> Starlette:
    """The pages. `ticks` says when each tick last ended well, `every` how often it should; both are read live."""
    registry = CollectorRegistry()
    registry.register(_FromStore(database))

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

    return Starlette(routes=[Route("/health", health), Route("/metrics", metrics)])


def _late_ticks(ticks: Ticks, every: Mapping[str, timedelta], now: datetime) -> list[str]:
    return [
        f"the tick `{name}` has not ended well since {ticks[name]:%Y-%m-%d %H:%M:%S} UTC; look into the log"
        for name in sorted(ticks)
        if now - ticks[name] > every[name] + _PATIENCE
    ]


class _FromStore(Collector):
    """Figures of the store at the moment of the scrape. Labels are states, never addresses or URLs."""

    def __init__(self, database: str) -> None:
        self._database = database

    def collect(self) -> Iterable[Metric]:
        told = report.status(self._database)
        yield GaugeMetricFamily("digest_feeds", "Configured feeds.", value=told["feeds"]["total"])
        yield GaugeMetricFamily("digest_feeds_ill", "Feeds with a problem.", value=told["feeds"]["ill"])
        yield GaugeMetricFamily("digest_articles", "Articles stored.", value=told["articles"]["total"])
        yield GaugeMetricFamily("digest_articles_held", "Articles not announced.", value=told["articles"]["held"])
        yield GaugeMetricFamily(
            "digest_articles_waiting", "Articles to be processed.", value=told["articles"]["waiting"]
        )
        yield GaugeMetricFamily("digest_notices", "Standing notices to the operator.", value=len(told["notices"]))
        deliveries = GaugeMetricFamily("digest_deliveries", "Deliveries by state.", labels=["state"])
        for state in ("queued", "sending", "accepted", "deferred", "refused", "unsure"):
            deliveries.add_metric([state], told["deliveries"].get(state, 0))
        yield deliveries
        due = GaugeMetricFamily(
            "digest_next_due_timestamp_seconds", "When the next slot is due.", labels=["newsletter"]
        )
        for row in told["subscriptions"]:
            if row["next_due_at"] is not None:
                due.add_metric([row["newsletter"]], row["next_due_at"].timestamp())
        yield due


@contextmanager
def serving(app: Starlette, web: Web) -> Iterator[None]:
    """Serves the pages in a thread of their own while the block runs.

    An address that cannot be bound is logged, and everything else goes on: mails matter more than this page.
    """
    server = uvicorn.Server(
        uvicorn.Config(app, host=web.host, port=web.port, log_config=None, access_log=False, lifespan="off")
    )
    thread = threading.Thread(target=_serve, args=(server, web), name="web", daemon=True)
    thread.start()
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
