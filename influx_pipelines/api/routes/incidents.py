"""Incidents: the list, and what a person does with one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from influx_pipelines.alerts import actions
from influx_pipelines.alerts.instants import utc_now
from influx_pipelines.alerts.models import AlertSeries
from influx_pipelines.alerts.models import Incident as Row
from influx_pipelines.alerts.statuses import storable
from influx_pipelines.api.problems import documented
from influx_pipelines.api.services import Used

router = APIRouter(prefix="/incidents", tags=["incidents"])
MAX_ID = 2**63 - 1
Id = Annotated[int, Path(ge=1, le=MAX_ID, description="Number of the incident.")]
Condition = Literal["open", "acknowledged", "resolved"]


class Incident(BaseModel):
    """What is wrong with one series; `resolution` says how it ended."""

    id: int
    state: Condition
    level: str = Field(examples=["warn"])
    peak_level: str = Field(examples=["crit"])
    check_id: str
    check_name: str
    tags: dict[str, str]
    message: str
    opened_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    resolution: str = Field(examples=["recovered"])
    statuses: int
    reopened: int
    acknowledged_at: datetime | None
    acknowledged_by: str


class Incidents(BaseModel):
    """A page, newest first; `next_cursor` is null after the last."""

    success: bool = True
    incidents: list[Incident]
    next_cursor: int | None


class Asked(BaseModel):
    """Which incidents, and the page."""

    model_config = ConfigDict(extra="forbid")  # a filter that is written wrong is told

    state: list[Condition] = Field([], description="Any of these; all without one.")
    limit: int = Field(100, ge=1, le=1000, description="Length of a page.")
    cursor: int | None = Field(
        None, ge=1, le=MAX_ID, description="`next_cursor` of the page before."
    )


class Acknowledgement(BaseModel):
    """Who takes care."""

    by: str = Field(min_length=1, max_length=200, examples=["anna"])


@router.get("")
def incidents(asked: Annotated[Asked, Query()], used: Used) -> Incidents:
    """Incidents, the one with the highest number first."""
    query = select(Row).join(Row.series).where(AlertSeries.organisation == used.organisation)
    if asked.state:
        query = query.where(Row.state.in_(asked.state))
    if asked.cursor:
        query = query.where(Row.id < asked.cursor)
    limit = asked.limit
    query = query.order_by(Row.id.desc()).options(joinedload(Row.series)).limit(limit + 1)
    with used.database.reading() as session:
        found = [_incident(row) for row in session.scalars(query)]
    return Incidents(
        incidents=found[:limit], next_cursor=found[limit - 1].id if len(found) > limit else None
    )


@router.get("/{incident_id}", responses=documented(404))
def incident(incident_id: Id, used: Used) -> Incident:
    """One incident."""
    with used.database.reading() as session:
        return _found(session.get(Row, incident_id), used.organisation)


@router.post("/{incident_id}/acknowledge", responses=documented(404))
def acknowledge(incident_id: Id, who: Acknowledgement, used: Used) -> Incident:
    """Somebody takes care: no repeats until it gets worse. One that is over stays as it is."""
    with used.database.session() as session:
        _found(session.get(Row, incident_id), used.organisation)
        now, by = utc_now(), storable(who.by)
        row = actions.acknowledge(session, incident_id, by=by, now=now)
        return _found(row, used.organisation)


@router.post("/{incident_id}/resolve", responses=documented(404))
def resolve(incident_id: Id, used: Used) -> Incident:
    """End it by hand; a bad status soon afterwards opens it again."""
    with used.database.session() as session:
        _found(session.get(Row, incident_id), used.organisation)
        row = actions.resolve(session, incident_id, now=utc_now())
        return _found(row, used.organisation)


def _found(row: Row | None, organisation: str) -> Incident:
    if row is None or row.series.organisation != organisation:
        raise HTTPException(404, "there is no incident of that number")
    return _incident(row)


def _incident(row: Row) -> Incident:
    same = {name: getattr(row, name) for name in Incident.model_fields if hasattr(Row, name)}
    series = row.series
    return Incident(
        **same, check_id=series.check_id, check_name=series.check_name, tags=series.tags
    )
