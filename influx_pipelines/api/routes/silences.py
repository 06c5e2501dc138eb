"""Silences: series of which nothing is sent for a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import select

from influx_pipelines.alerts.instants import utc_now
from influx_pipelines.alerts.models import Silence as Row
from influx_pipelines.alerts.silences import add_silence, end_silence
from influx_pipelines.alerts.statuses import storable
from influx_pipelines.api.problems import documented
from influx_pipelines.api.services import Used

router = APIRouter(prefix="/silences", tags=["incidents"])
MAX_ID = 2**63 - 1
MAX_MINUTES = 60 * 24 * 90


class Wanted(BaseModel):
    """Which series, and how long."""

    matchers: dict[str, str] = Field(
        min_length=1,
        max_length=20,
        description="Patterns by tag, `check` or `level`; `*` and `?` are wild.",
        examples=[{"host": "web-*"}],
    )
    minutes: int = Field(ge=1, le=MAX_MINUTES, examples=[120])
    starts_at: AwareDatetime | None = Field(None, description="Now when it is left out.")
    reason: str = Field(min_length=1, max_length=1000, examples=["disks are exchanged"])
    by: str = Field(min_length=1, max_length=200, examples=["anna"])


class Silence(BaseModel):
    """A silence."""

    id: int
    matchers: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    reason: str
    created_by: str


class Silences(BaseModel):
    """Those that last or begin later."""

    success: bool = True
    silences: list[Silence]


@router.get("")
def silences(used: Used) -> Silences:
    """All silences that are not over."""
    query = select(Row).where(Row.ends_at > utc_now()).order_by(Row.id.desc()).limit(1000)
    with used.database.reading() as session:
        return Silences(silences=[_silence(row) for row in session.scalars(query)])


@router.post("", status_code=201)
def silence(wanted: Wanted, used: Used) -> Silence:
    """Send nothing of the series that match."""
    begin = wanted.starts_at or utc_now()
    try:
        ends_at = begin + timedelta(minutes=wanted.minutes)
    except OverflowError:
        raise HTTPException(422, "starts_at: too late") from None
    with used.database.session() as session:
        made = add_silence(
            session,
            storable(wanted.matchers),
            starts_at=begin,
            ends_at=ends_at,
            reason=storable(wanted.reason),
            by=storable(wanted.by),
        )
        return _silence(made)


@router.delete("/{silence_id}", status_code=204, responses=documented(404))
def end(silence_id: Annotated[int, Path(ge=1, le=MAX_ID)], used: Used) -> None:
    """End a silence early."""
    with used.database.session() as session:
        ended = end_silence(session, silence_id)
    if not ended:
        raise HTTPException(404, "there is no silence of that number that still lasts")


def _silence(row: Row) -> Silence:
    return Silence(**{name: getattr(row, name) for name in Silence.model_fields})
