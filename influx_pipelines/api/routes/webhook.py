"""What InfluxDB posts."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from influx_pipelines.alerts.levels import Level
from influx_pipelines.alerts.statuses import MAX_CHECK_ID
from influx_pipelines.api.auth import ALERT
from influx_pipelines.api.services import Used

router = APIRouter(tags=["alerts"])
# Within 64 bits, and exact as a float too, which is what the document has for a bound.
MOST = 92 * 10**17


def _whole(value: Any) -> Any:
    """JSON knows one kind of number: 1.0 is an integer too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Nanoseconds = Annotated[int, Field(ge=-MOST, le=MOST), BeforeValidator(_whole)]


class Posted(BaseModel):
    """The record of a status as InfluxDB sends it: flat, tags and fields beside its own columns."""

    model_config = ConfigDict(
        extra="allow",
        strict=True,
        json_schema_extra={
            "examples": [
                {
                    "_check_id": "0e4a6d1c2b3f4a5e",
                    "_check_name": "CPU CHECK",
                    "_level": "crit",
                    "_message": "crit: CPU CHECK: web-1 is idle for 3 %",
                    "_source_measurement": "cpu",
                    "_source_timestamp": 1795305540000000000,
                    "_status_timestamp": 1795305600000000000,
                    "_type": "threshold",
                    "host": "web-1",
                    "usage_idle": 3.1,
                }
            ]
        },
    )
    __pydantic_extra__: dict[str, str | int | float | bool | None]

    check_id: str = Field(alias="_check_id", min_length=1, max_length=MAX_CHECK_ID)
    check_name: str = Field(alias="_check_name")
    level: Level = Field(alias="_level")
    status_timestamp: Nanoseconds = Field(alias="_status_timestamp")
    source_timestamp: Nanoseconds = Field(0, alias="_source_timestamp")
    source_measurement: str = Field("", alias="_source_measurement")
    message: str = Field("", alias="_message")
    type: str = Field("", alias="_type")

    @property
    def payload(self) -> dict[str, Any]:
        """What was sent."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class Stored(BaseModel):
    """The status is in the table."""

    success: bool = True
    message: str = "Successfully stored alert."


@router.post(ALERT)
async def store(posted: Posted, used: Used) -> Stored:
    """Store a status, once however often it is sent; 200 means that it is committed.

    InfluxDB counts every other answer as not sent; the read-back from `_monitoring` brings it in.
    """
    await used.recorder.record(posted.payload)
    return Stored()
