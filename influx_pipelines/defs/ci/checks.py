"""The asset checks of CI jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import dagster as dg

from influx_pipelines import metadata, plots
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.sources.ci.passing import Done

RUNS, JOBS = dg.AssetKey(["ci", "runs"]), dg.AssetKey(["ci", "jobs"])
# A job may take 6 hours on GitHub's machines, a run with its approvals days.
LONGEST = timedelta(days=3)
MOST_UNMATCHED = 0.5
FEW = 20  # failures, of which a share says nothing

EVERYTHING_FETCHED = check_spec(
    "everything_fetched",
    asset=RUNS,
    description="Every run of the days that GitHub counts was listed and fetched, and no limit "
    "ended the pass.",
)
NOTHING_STUCK = check_spec(
    "nothing_stuck",
    asset=RUNS,
    description="No run that did not end yet is older than three days.",
)
ALL_CLASSIFIED = check_spec(
    "all_classified",
    asset=JOBS,
    description="Every job in InfluxDB of the last 30 days has a type of failure, or `none`.",
)
RULES_MATCH = check_spec(
    "rules_match",
    asset=JOBS,
    description="The rules tell of at least half of the logs of failed jobs why they failed.",
)

SAMPLE_IS_APART = check_spec(
    "sample_is_apart",
    asset=["ci", "sample"],
    description="No point of the sample is in the bucket of the jobs.",
)


def everything_fetched(done: Sequence[Done], resume_at: datetime | None) -> dg.AssetCheckResult:
    """Judge a pass by what it did not get."""
    trouble = [
        {"repository": one.repository, "day": str(one.day), "trouble": reason}
        for one in done
        if (reason := _trouble(one))
    ]
    text = f"GitHub's limit is met; it goes on at {resume_at:%H:%M} UTC" if resume_at else None
    return dg.AssetCheckResult(
        asset_key=RUNS,
        check_name="everything_fetched",
        passed=not trouble and resume_at is None,
        severity=dg.AssetCheckSeverity.WARN,
        description=text,
        metadata={
            "days": len({one.day for one in done}),
            "not_fetched": metadata.table(trouble, empty="none"),
        },
    )


def _trouble(one: Done) -> str:
    if one.error is not None:
        return str(one.error)
    if not one.whole:
        return "partial"
    missing = one.report.missing if one.report is not None else 0
    return f"{missing} runs were counted and not given" if missing else ""


def nothing_stuck(done: Sequence[Done], now: datetime) -> dg.AssetCheckResult:
    """Judge the runs that are fetched later, when they ended."""
    queue = sorted(
        (created, one.repository, run)
        for one in done
        if one.report is not None
        for run, created in one.report.unfinished.items()
    )
    stuck = [run for created, _, run in queue if now - created > LONGEST]
    return dg.AssetCheckResult(
        asset_key=RUNS,
        check_name="nothing_stuck",
        passed=not stuck,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "unfinished": len(queue),
            "stuck": len(stuck),
            "runs": metadata.table(
                [{"repository": name, "run": run, "created": str(at)} for at, name, run in queue],
                empty="none",
            ),
        },
    )


def all_classified(types: Mapping[str, int]) -> dg.AssetCheckResult:
    """Judge the jobs that are in InfluxDB, by the type of failure."""
    return dg.AssetCheckResult(
        asset_key=JOBS,
        check_name="all_classified",
        passed=not types.get(""),
        metadata={"jobs": sum(types.values()), "without": types.get("", 0), **_pictured(types)},
    )


def rules_match(types: Mapping[str, int]) -> dg.AssetCheckResult:
    """Judge the rules by the failures that they cannot tell."""
    read = {name: n for name, n in types.items() if name not in ("", "none", "no_log", "cancelled")}
    total, unmatched = sum(read.values()), types.get("unmatched", 0)
    return dg.AssetCheckResult(
        asset_key=JOBS,
        check_name="rules_match",
        passed=total < FEW or unmatched <= MOST_UNMATCHED * total,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"failures_with_log": total, "unmatched": unmatched},
    )


def _pictured(types: Mapping[str, int]) -> dict[str, dg.MetadataValue]:
    told = {name or "(nothing)": n for name, n in types.items() if name != "none"}
    most = dict(sorted(told.items(), key=lambda item: -item[1]))
    rows = [{"failure_type": name, "jobs": n} for name, n in most.items()]
    picture = plots.bar_plot(most, title="CI jobs of 30 days, why they failed", unit="jobs")
    return {
        "types": metadata.table(rows, empty="no failure"),
        "failures": metadata.picture(picture, "types of failures"),
    }


def sample_is_apart(points: int) -> dg.AssetCheckResult:
    """Judge the bucket of the jobs by how many points of the sample are in it."""
    return dg.AssetCheckResult(
        check_name="sample_is_apart", passed=not points, metadata={"points": points}
    )
