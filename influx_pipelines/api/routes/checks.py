"""The monitoring checks of InfluxDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, Field

from influx_pipelines.api.problems import documented
from influx_pipelines.api.services import Used
from influx_pipelines.influx import paging

router = APIRouter(prefix="/influxdb/checks", tags=["checks"])
CHECKS = "/api/v2/checks"
ID = "0e4a6d1c2b3f4a5e"
Id = Annotated[str, Path(pattern="^[0-9a-f]{16}$", examples=[ID])]


class Check(BaseModel):
    """A check in short."""

    check_id: str = Field(examples=[ID])
    check_name: str = Field(examples=["CPU CHECK"])
    check_type: str = Field(examples=["threshold"])
    check_status: str = Field(examples=["active"])
    check_last_triggered: str | None = Field(description="When its task last ended.")


class Checks(BaseModel):
    """All checks of the organisation."""

    success: bool = True
    message: str = "Checks received"
    checks: list[Check]


class OneCheck(BaseModel):
    """The check as InfluxDB tells it; `query` is the name that callers know."""

    success: bool = True
    message: str = "Query received"
    query: dict[str, Any]


class CheckQuery(BaseModel):
    """The Flux script that InfluxDB made of a check."""

    success: bool = True
    message: str = "Query received"
    query: str


@router.get("", responses=documented(502))
def checks(used: Used) -> Checks:
    """All checks, however many pages InfluxDB makes of them."""

    def page(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        params = {"orgID": used.influx.org_id, **asked}
        found: list[dict[str, Any]] = used.influx.request("GET", CHECKS, params=params)["checks"]
        return found

    return Checks(checks=[_check(one) for one in paging.pages(page)])


def _check(found: Mapping[str, Any]) -> Check:
    return Check(
        check_id=found["id"],
        check_name=found["name"],
        check_type=found["type"],
        check_status=found.get("status", ""),
        check_last_triggered=found.get("latestCompleted"),
    )


@router.get("/{check_id}", responses=documented(404, 502))
def check(check_id: Id, used: Used) -> OneCheck:
    """One check, all of it."""
    return OneCheck(query=used.influx.request("GET", _path(check_id)))


@router.get("/{check_id}/query", responses=documented(404, 502))
def query(check_id: Id, used: Used) -> CheckQuery:
    """The script that runs."""
    return CheckQuery(query=used.influx.request("GET", f"{_path(check_id)}/query")["flux"])


def _path(check_id: str) -> str:
    if not int(check_id, 16):  # InfluxDB calls it invalid
        raise HTTPException(404, "there is no check of that id")
    return f"{CHECKS}/{check_id}"
