"""What the routes work with: the database of the alerts, InfluxDB, the declaration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from influx_pipelines.alerts.database import Database
from influx_pipelines.api.declared import ServedBuckets
from influx_pipelines.api.recorder import Recorder
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings

# A caller is told to come again instead of being kept.
RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Services:
    """Shared by all requests, from several threads."""

    settings: Settings
    influx: Influx
    database: Database
    recorder: Recorder
    buckets: ServedBuckets

    @property
    def organisation(self) -> str:
        """Whose alerts are listed."""
        return self.influx.org


@contextmanager
def services(settings: Settings, connection: Connection) -> Iterator[Services]:
    """Open them for the length of the block; the tables are brought up to date where they can be.

    Nothing here needs InfluxDB to answer.
    """
    short = settings.model_copy(
        update={"retry_seconds": min(settings.retry_seconds, RETRY_SECONDS)}
    )
    database = Database.of(settings)
    recorder = Recorder(database, connection.org)
    with connection.client(short) as influx:
        recorder.start()
        try:
            yield Services(settings, influx, database, recorder, ServedBuckets(settings.estate))
        finally:
            recorder.stop()
            database.close()


def _of(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


Used = Annotated[Services, Depends(_of)]
