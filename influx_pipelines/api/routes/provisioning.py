"""The declared checks: which there are, made, mended and taken away by name."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, Field

from influx_pipelines.api.problems import documented
from influx_pipelines.api.services import Used
from influx_pipelines.estate.apply import Result
from influx_pipelines.estate.kinds.check import CheckKind
from influx_pipelines.estate.provisioning import (
    NoSuchCheck,
    PlannedChecks,
    StillDeclared,
    planned_checks,
)

router = APIRouter(tags=["provisioning"])
# Seconds to wait for an apply that is at work, before the caller is told to come again.
BUSY_SECONDS = 5.0


Action = Literal["created", "updated", "skipped", "failed"]


class AvailableCheck(BaseModel):
    """A declared check; `state` says how the one on the server differs."""

    name: str
    description: str
    check_name: str
    provisioned: bool
    state: str = Field(examples=["as declared", "missing", "differs", "conflict"])
    declared_in: str = Field(examples=["estate/monitoring_checks.yaml:9:5"])


class AvailableChecks(BaseModel):
    """All declared checks."""

    success: bool = True
    message: str = "Available checks"
    available_checks: list[AvailableCheck]


class Wanted(BaseModel):
    """Which check, and whether one that differs is mended."""

    check_name: str = Field(max_length=1000, examples=["CPU CHECK"])
    overwrite: bool = False


class WantedAll(BaseModel):
    """Whether checks that differ are mended."""

    overwrite: bool = Field(False, examples=[True])


class Outcome(BaseModel):
    """What became of a check; `skipped` was left as it is."""

    name: str
    check_name: str
    action: Action
    check_id: str
    detail: str = ""


class Outcomes(BaseModel):
    """What became of each check; `success` is false when one failed."""

    success: bool
    message: str
    results: list[Outcome]


class Done(BaseModel):
    """It is done."""

    success: bool = True
    message: str


@router.get("/stack_provisioning/influxdb/available/checks", responses=documented(502))
def available(used: Used) -> AvailableChecks:
    """The checks that the files declare, and how they stand on the server."""
    with planned_checks(used.settings, used.influx, BUSY_SECONDS) as planned:
        states = planned.states()
        found = [
            AvailableCheck(
                name=name,
                check_name=name,
                description=entry.description,
                provisioned=states.get(name) != "missing",
                state=states.get(name, "as declared"),
                declared_in=planned.declared.place("monitoring_checks", name),
            )
            for name, entry in planned.checks.items()
        ]
    return AvailableChecks(available_checks=found)


@router.post("/stack_provisioning/influxdb/provision/check", responses=documented(404, 502))
def provision(wanted: Wanted, used: Used) -> Outcomes:
    """Make a declared check; one that is there is mended with `overwrite` only."""
    with planned_checks(used.settings, used.influx, BUSY_SECONDS) as planned:
        if wanted.check_name not in planned.checks:
            raise HTTPException(404, f"check_name: no file declares {wanted.check_name!r}")
        return _provision(planned, [wanted.check_name], wanted.overwrite)


@router.post("/stack_provisioning/influxdb/provision/checks", responses=documented(502))
def provision_all(wanted: WantedAll, used: Used) -> Outcomes:
    """Make all declared checks; those that are there are mended with `overwrite` only."""
    with planned_checks(used.settings, used.influx, BUSY_SECONDS) as planned:
        return _provision(planned, list(planned.checks), wanted.overwrite)


def _provision(planned: PlannedChecks, names: list[str], overwrite: bool) -> Outcomes:
    mending = {"create", "update", "adopt"} if overwrite else {"create"}
    asked = planned.plan.only(names)
    doing = {change.name for change in asked.changes if change.action in mending}
    applied = {one.change.name: one for one in planned.apply(planned.plan.only(doing)).results}
    conflicts = {found.name: found.text for found in asked.conflicts}
    ids = {one.name: one.id for one in CheckKind.collection.all(planned.client)}
    results = [
        Outcome(
            name=name,
            check_name=name,
            action=_action(applied.get(name)),
            check_id=ids.get(name, ""),
            detail=applied[name].error if name in applied else conflicts.get(name, ""),
        )
        for name in names
    ]
    failed = sum(one.action == "failed" for one in results)
    message = f"{failed} of {len(results)} failed" if failed else "Checks provisioned"
    return Outcomes(success=not failed, message=message, results=results)


def _action(done: Result | None) -> Action:
    if done is None:
        return "skipped"
    if done.state != "done":
        return "failed"
    return "created" if done.change.action == "create" else "updated"


@router.delete(
    "/stack_decommissioning/influxdb/check/{template}", responses=documented(404, 409, 502)
)
def decommission(
    template: Annotated[str, Path(max_length=1000, description="Name of the check.")], used: Used
) -> Done:
    """Delete a check of ours that no file declares any more; a declared one would come again."""
    with planned_checks(used.settings, used.influx, BUSY_SECONDS) as planned:
        try:
            chosen = planned.going([template])
        except NoSuchCheck as error:
            raise HTTPException(404, str(error)) from None
        except StillDeclared as error:
            raise HTTPException(409, str(error)) from None
        for failed in planned.apply(chosen, allow_loss=True).failed:
            raise failed.cause or HTTPException(502, failed.error)
    return Done(message=f"{template} is deleted")
