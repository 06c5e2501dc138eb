"""Reports of CI jobs from the store to files, without a server."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from influx_pipelines.defs.ci import report_checks as judges
from influx_pipelines.defs.ci.report_topics import TOPICS
from influx_pipelines.defs.ci.reports import ci_reports
from influx_pipelines.resources import EstateResource
from influx_pipelines.sources.ci.records import JobRecord, TestRecord
from influx_pipelines.sources.ci.store import JobStore
from influx_pipelines_tests.ci import job, store_jobs

NOW = datetime.now(UTC).replace(microsecond=0)
TEST = TestRecord(name="box/a.test.lua")


def made(number: int, hours: float = 1, **given: object) -> JobRecord:
    return job(**{"job_id": number, "started_at": NOW - timedelta(hours=hours), **given})


def failing(number: int, **given: object) -> JobRecord:
    return made(number, **{"conclusion": "failure", "failure_type": "no_log", **given})  # type: ignore[arg-type]


def materialize(folder: Path, **options: object) -> dg.ExecuteInProcessResult:
    resources = {"estate": EstateResource(folder=str(folder))}
    return dg.materialize([ci_reports], resources=resources, **options)  # type: ignore[arg-type]


def told(result: dg.ExecuteInProcessResult, name: str) -> dict[str, object]:
    events = result.asset_materializations_for_node("ci_reports")
    (event,) = [event for event in events if event.asset_key.path[-1] == name]
    return {key: value.value for key, value in event.metadata.items()}


def test_reports_are_files_tables_and_pictures(folder: Path, home: Path) -> None:
    jobs = [failing(1, tests=(TEST,)), made(2, run_attempt=2), made(3, 24 * 40, job_name="old")]
    store_jobs(JobStore(str(home / "ci")), *jobs)
    result = materialize(folder)
    assert result.success
    assert all(found.passed for found in result.get_asset_check_evaluations())
    for topic in TOPICS:
        shown = told(result, topic.name)
        assert shown["jobs"] == 2, "one is older than 30 days"
        assert "data:image/png" in str(shown["picture"])
    written = sorted(path.name for path in (home / "reports/ci").iterdir())
    names = "failures flaky last_seen minutes_by_day minutes_by_month minutes_by_week queue"
    assert written == sorted(f"{n}.{s}" for n in names.split() for s in ("csv", "html", "json"))
    (flaky,) = json.loads((home / "reports/ci/flaky.json").read_text())
    assert (flaky["test"], flaky["flaky"]) == ("box/a.test.lua", 1)


def test_an_empty_store_gives_empty_reports_and_one_alone_can_be_made(
    folder: Path, home: Path
) -> None:
    key = dg.AssetKey(["ci", "queue_time"])
    result = materialize(folder, selection=[key])
    assert result.success
    assert told(result, "queue_time")["summary"] == "no job in the store"
    assert {path.name for path in (home / "reports/ci").iterdir()} == {
        "queue.csv",
        "queue.html",
        "queue.json",
    }


HUNG = TestRecord(name="box/a.test.lua", status="hang")
TRANSIENT = TestRecord(name="box/a.test.lua", status="transient fail")


@pytest.mark.parametrize(
    ("judge", "good", "bad"),
    [
        (
            judges.few_fail,
            [*map(failing, range(10)), *map(made, range(10))],
            [*map(failing, range(11)), *map(made, range(10))],
        ),
        (
            judges.none_hangs,
            [failing(1, tests=(HUNG,), hours=25)],
            [failing(1, tests=(HUNG,), hours=23)],
        ),
        (
            judges.minutes_steady,
            [made(n, hours) for n in range(20) for hours in (1, 24 * 8)],
            [made(n, hours) for n in range(20) for hours in (1, 2, 24 * 8)],
        ),
        (judges.queue_short, [made(1, queue_seconds=600.0)], [made(1, queue_seconds=601.0)]),
        (
            judges.rarely_flaky,
            [made(n, tests=(TRANSIENT, TRANSIENT)) for n in range(4)],
            [made(n, tests=(TRANSIENT,)) for n in range(5)],
        ),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_check_fails_when_it_should_and_not_before(
    judge: Callable[[list[JobRecord], datetime], judges.Verdict],
    good: list[JobRecord],
    bad: list[JobRecord],
) -> None:
    assert judge([], NOW).passed
    assert judge(good, NOW).passed
    assert not judge(bad, NOW).passed
