"""Whether it runs, and whether it can do its work."""

from __future__ import annotations

import time
from threading import Lock
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError

from influx_pipelines import __version__
from influx_pipelines.api.services import Services, Used
from influx_pipelines.influx.errors import InfluxError

router = APIRouter(tags=["health"])
# Whoever asks often does not make the servers work.
FRESH_SECONDS = 1.0


class Health(BaseModel):
    """The process answers, and the thread that writes is there."""

    name: str = "influx_pipelines"
    status: Literal["pass", "fail"]
    version: str = __version__


class Readiness(BaseModel):
    """Each part, `ok` or what is wrong with it."""

    ready: bool
    database: str = Field(examples=["ok"])
    influxdb: str = Field(examples=["ok", "Unavailable"])


@router.get("/health", responses={503: {"model": Health, "description": "It has to be restarted"}})
async def health(used: Used, response: Response) -> Health:
    """Whether the API is alive; asks no other server."""
    if used.recorder.is_alive:
        return Health(status="pass")
    response.status_code = 503
    return Health(status="fail")


@router.get("/ready", responses={503: {"model": Readiness, "description": "Something is missing"}})
def ready(used: Used, response: Response) -> Readiness:
    """Whether alerts can be stored now, and whether the token reads InfluxDB's organisation."""
    found = _CACHE.of(used)
    if not found.ready:
        response.status_code = 503
    return found


class _Cache:
    """The last answer, for a second; who asks meanwhile waits for the same one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: tuple[Services, float, Readiness] | None = None

    def of(self, used: Services) -> Readiness:
        with self._lock:
            if self._found and self._found[0] is used and time.monotonic() < self._found[1]:
                return self._found[2]
            database, influxdb = _database(used), _influxdb(used)
            ready = database == influxdb == "ok"
            answer = Readiness(ready=ready, database=database, influxdb=influxdb)
            self._found = (used, time.monotonic() + FRESH_SECONDS, answer)
            return answer


_CACHE = _Cache()


def _database(used: Services) -> str:
    """A transaction that may write is begun, and the tables are ours."""
    try:
        if not used.database.is_current():
            return "the tables are not those of this version"
        with used.database.session() as session:
            session.connection()
    except SQLAlchemyError as error:
        return type(error).__name__
    return "ok"


def _influxdb(used: Services) -> str:
    """The token reads buckets of the organisation: a mere ping would take any token."""
    try:
        page = used.influx.request(
            "GET", "/api/v2/buckets", params={"org": used.influx.org, "limit": 1}
        )
    except InfluxError as error:
        return type(error).__name__
    return "ok" if page["buckets"] else "the token sees no bucket: it is inactive or too narrow"
