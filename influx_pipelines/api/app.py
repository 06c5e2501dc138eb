"""The application: its routes, and what stands before them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from influx_pipelines import __version__
from influx_pipelines.api import problems
from influx_pipelines.api.auth import BEARER, Guard, Tokens
from influx_pipelines.api.limits import BodyLimit, RateLimit
from influx_pipelines.api.logs import AccessLog
from influx_pipelines.api.routes import (
    alerts,
    checks,
    health,
    hosts,
    incidents,
    provisioning,
    records,
    silences,
    webhook,
)
from influx_pipelines.api.services import services
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings

GUARDED = (webhook, alerts, incidents, silences, checks, hosts, provisioning, records)
ABOUT = """\
Alerts of InfluxDB in and out, incidents, monitoring checks, metrics of hosts, records.

Every route but `/health` and `/ready` needs `Authorization: Bearer <token>`: the operator's, or for
`POST /influxdb/alert` the webhook's. A problem is told as `{"success": false, "detail": "…"}`.
"""


def create_app(settings: Settings, connection: Connection) -> FastAPI:
    """The API of one InfluxDB and one database of alerts.

    Raises:
        SettingsError: the tokens are unusable.
    """
    app = FastAPIOffline(
        redoc_url=None,
        title="influx_pipelines",
        version=__version__,
        description=ABOUT,
        lifespan=_lifespan(settings, connection),
        responses=problems.documented(422, 429, 503),
    )
    app.include_router(health.router)
    guarded = problems.documented(401, 403, 413)
    for subject in GUARDED:
        app.include_router(subject.router, dependencies=[BEARER], responses=guarded)
    problems.install(app)
    # The one that is added last is asked first.
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, tokens=Tokens(settings))
    app.add_middleware(RateLimit, per_second=settings.api_rate)
    app.add_middleware(AccessLog)
    return app


def _lifespan(
    settings: Settings, connection: Connection
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with services(settings, connection) as opened:
            app.state.services = opened
            # A database that is down now is told by /ready, and by 503 until it is there.
            with suppress(SQLAlchemyError):
                await run_in_threadpool(opened.database.migrate)
            yield

    return lifespan
