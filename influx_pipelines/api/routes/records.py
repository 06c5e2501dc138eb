"""Records: insert one, query, list; only of buckets that the estate declares with `api: true`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from influx_pipelines.api import records
from influx_pipelines.api.paging import Cursor
from influx_pipelines.api.problems import documented
from influx_pipelines.api.services import Used

router = APIRouter(tags=["records"], responses=documented(404, 502))
Location = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Height = Annotated[float, Field(allow_inf_nan=False, examples=[1.25])]


class NewRecord(BaseModel):
    """A height at a location; without a time it is of now."""

    location: Location = Field(examples=["hanalei"], description="Stored in lower case.")
    height: Height
    time: AwareDatetime | None = None


class InsertedRecord(BaseModel):
    """What is stored now."""

    bucket: str
    location: str
    height: float
    time: datetime


class Record(BaseModel):
    """A stored height."""

    time: datetime
    location: str | None = Field(description="Null where a point has none.")
    height: float


class Records(BaseModel):
    """A page, newest first; `next_cursor` gives the next one and is empty after the last."""

    bucket: str
    records: list[Record]
    next_cursor: str


class Span(BaseModel):
    """The time, and the page."""

    model_config = ConfigDict(extra="forbid")  # a filter that is written wrong is told

    start: AwareDatetime | None = Field(None, description="Inclusive; from the first when absent.")
    stop: AwareDatetime | None = Field(None, description="Exclusive.")
    limit: int = Field(100, ge=1, le=10_000)
    cursor: Cursor = Field("", description="`next_cursor` of the page before.")


class Asked(Span):
    """Which records; all of it has to hold."""

    location: str = Field("", max_length=200, description="In any case; all when it is empty.")
    min_height: Height | None = Field(None, description="The least height.")


def _served(
    bucket: Annotated[str, Path(max_length=200, description="Name of the bucket.")], used: Used
) -> str:
    if bucket not in used.buckets:
        raise HTTPException(404, "no file declares that bucket with `api: true`")
    return bucket


Served = Annotated[str, Depends(_served)]


@router.post("/write/{bucket}/insert", status_code=201)
def insert(bucket: Served, new: NewRecord, used: Used) -> InsertedRecord:
    """Store one record; the answer tells it as it is stored."""
    location = new.location.strip().lower()
    time = (new.time or datetime.now(UTC)).astimezone(UTC)
    if not records.FIRST <= time < records.LAST:
        raise HTTPException(422, "time: from the year 1678 until 2261")
    records.insert(used.influx, bucket, records.Record(time, location, new.height))
    return InsertedRecord(bucket=bucket, location=location, height=new.height, time=time)


@router.get("/read/{bucket}/query")
def query(bucket: Served, asked: Annotated[Asked, Query()], used: Used) -> Records:
    """Records by location, least height and time."""
    location = asked.location.strip().lower()
    wanted = records.Wanted(location, asked.min_height, asked.start, asked.stop)
    return _page(used, bucket, wanted, asked)


@router.get("/read/{bucket}/list")
def list_(bucket: Served, asked: Annotated[Span, Query()], used: Used) -> Records:
    """All records."""
    return _page(used, bucket, records.Wanted(start=asked.start, stop=asked.stop), asked)


def _page(used: Used, bucket: str, wanted: records.Wanted, span: Span) -> Records:
    found, cursor = records.read(used.influx, bucket, wanted, span.limit, span.cursor)
    told = [Record(time=one.time, location=one.location, height=one.height) for one in found]
    return Records(bucket=bucket, records=told, next_cursor=cursor)
