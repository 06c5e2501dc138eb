"""The list of statuses."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from influx_pipelines.alerts.counting import check_names, counts
from influx_pipelines.alerts.instants import from_nanoseconds, utc_now
from influx_pipelines.alerts.levels import LEVELS
from influx_pipelines.alerts.listing import MAX_PAGE, Filter, statuses
from influx_pipelines.alerts.models import AlertStatus
from influx_pipelines.alerts.statuses import storable
from influx_pipelines.api.paging import Cursor
from influx_pipelines.api.services import Used

router = APIRouter(prefix="/influxdb", tags=["alerts"])
SEVERITIES = {"crit": "critical", "warn": "warning"}


class Severity(StrEnum):
    """A level in the words of the list; `error` asks for critical ones too."""

    ok = "ok"
    info = "info"
    unknown = "unknown"
    warning = "warning"
    error = "error"
    critical = "critical"


LEVEL_OF = {Severity.warning: "warn", Severity.error: "crit", Severity.critical: "crit"}


class State(StrEnum):
    """By the newest status of the series: active when it is not ok."""

    active = "active"
    cleared = "cleared"
    all = "all"


class Alert(BaseModel):
    """A status; `status` is that of its series now, so that a recovered one is cleared."""

    id: int
    time: datetime
    check_id: str
    check_name: str
    sensor_type: str = Field(description="The first word of the check's name.", examples=["CPU"])
    severity: str = Field(examples=["critical"])
    message: str
    status: State
    tags: dict[str, str]
    fields: dict[str, Any]
    source_time: datetime | None
    first_seen: datetime
    origin: str = Field(examples=["webhook"])


class Alerts(BaseModel):
    """A page; `next_cursor` gives the next one and is empty after the last."""

    success: bool = True
    message: str = "Successfully collected alerts"
    alerts: list[Alert]
    total_count: int = Field(description="In these days; counted up to 10,000.")
    filtered_count: int = Field(description="That match; counted up to 10,000.")
    active_alerts_count: int = Field(description="Series whose newest status is not ok.")
    cleared_alerts_count: int = Field(description="Series whose newest status is ok.")
    next_cursor: str


class CheckNames(BaseModel):
    """The names of the checks that were seen, in alphabetical order."""

    success: bool = True
    message: str = "Successfully collected check names"
    check_names: list[str]
    total_count: int


class Asked(BaseModel):
    """What can be asked for; all of it has to hold."""

    model_config = ConfigDict(extra="forbid")  # a filter that is written wrong is told

    days: int = Field(7, ge=1, le=90, description="How far back.")
    severity: list[Severity] = Field([], description="Any of these; all without one.")
    check_name: str = Field("", max_length=1000, description="A part of the check's name.")
    sensor_type: str = Field("", max_length=1000, description="First word of the check's name.")
    status: State = Field(State.all, description="By the newest status of each series.")
    latest_only: bool = Field(False, description="Only the newest status of each series.")
    exclude_ok: bool = Field(False, description="No statuses of level ok.")
    tag: list[Annotated[str, StringConstraints(pattern="^[^=]+=")]] = Field(
        [], max_length=10, description="`name=value`, such as `host=web-1`; all of them."
    )
    limit: int = Field(500, ge=1, le=MAX_PAGE, description="Length of a page.")
    cursor: Cursor = Field("", description="`next_cursor` of the page before.")

    def filter(self, organisation: str) -> Filter:
        """The same for the table."""
        levels = {LEVEL_OF.get(one, str(one)) for one in self.severity} or set(LEVELS)
        return Filter(
            organisation,
            since=utc_now() - timedelta(days=self.days),
            levels=frozenset(levels - {"ok"} if self.exclude_ok else levels),
            check_name=storable(self.check_name),
            first_word=storable(self.sensor_type),
            tags={name: value for name, _, value in map(_parts, self.tag)},
            active=None if self.status is State.all else self.status is State.active,
            latest_only=self.latest_only,
        )


def _parts(text: str) -> tuple[str, str, str]:
    return str(storable(text)).partition("=")


@router.get("/alerts")
def alerts(asked: Annotated[Asked, Query()], used: Used) -> Alerts:
    """Statuses, newest first, filtered by check **and series**."""
    wanted = asked.filter(used.organisation)
    with used.database.reading() as session:
        page = statuses(session, wanted, limit=asked.limit, cursor=asked.cursor)
        counted = counts(session, wanted)
        return Alerts(
            alerts=[_alert(one) for one in page.statuses],
            total_count=counted.total,
            filtered_count=counted.matching,
            active_alerts_count=counted.active,
            cleared_alerts_count=counted.cleared,
            next_cursor=page.cursor,
        )


def _alert(row: AlertStatus) -> Alert:
    series = row.series
    return Alert(
        id=row.id,
        time=row.time,
        check_id=row.check_id,
        check_name=series.check_name,
        sensor_type=series.check_name.split(" ")[0],
        severity=SEVERITIES.get(row.level, row.level),
        message=row.message,
        status=State.cleared if series.level == "ok" else State.active,
        tags=series.tags,
        fields=row.fields,
        source_time=None if row.source_time is None else from_nanoseconds(row.source_time),
        first_seen=row.first_seen_at,
        origin=row.origin,
    )


@router.get("/check-names")
def names(used: Used) -> CheckNames:
    """The names of all checks that alerted or were read back."""
    with used.database.reading() as session:
        found = check_names(session, used.organisation)
    return CheckNames(check_names=found, total_count=len(found))
