"""`influx-pipelines ci failures` and its sisters, which read the store and need no server."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from influx_pipelines.cli import app
from influx_pipelines.cli.console import EXPLAINED
from influx_pipelines.sources.ci.records import JobRecord, TestRecord
from influx_pipelines.sources.ci.store import JobStore
from influx_pipelines_tests.ci import job, store_jobs

NOW = datetime.now(UTC).replace(microsecond=0)
TEST = TestRecord(name="box/a.test.lua")


def failing(number: int, days: int, **given: object) -> JobRecord:
    fields = {
        "job_id": number,
        "run_id": number,
        "started_at": NOW - timedelta(days=days),
        "conclusion": "failure",
        "failure_type": "git_unsafe_error",
        "evidence": f"fatal {number}",
        "log": "kept",
        "tests": (TEST,),
    }
    return job(**fields | given)


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INFLUX_PIPELINES_CI_STORE", str(tmp_path / "store"))
    jobs = [failing(1, 9), failing(2, 1, branch="release"), failing(3, 0, failure_type="no_log")]
    store_jobs(JobStore(str(tmp_path / "store")), *jobs, job(job_id=4, run_id=4, started_at=NOW))


def ci(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["ci", *arguments])


def rows(*arguments: str) -> list[dict[str, str]]:
    found = ci(*arguments, "--format", "csv")
    assert found.exit_code == 0, found.output
    return list(csv.DictReader(io.StringIO(found.stdout)))


def counts(*arguments: str) -> dict[str, int]:
    return {row["failure_type"]: int(row["count"]) for row in rows("failures", *arguments)}


def test_failures_are_counted_of_the_jobs_that_are_meant() -> None:
    assert counts() == {"git_unsafe_error": 2, "no_log": 1, "total": 3}
    assert counts("--since", "2d") == {"git_unsafe_error": 1, "no_log": 1, "total": 2}
    assert counts("--latest", "2") == {"no_log": 1, "total": 1}
    assert counts("--branch", "release") == {"git_unsafe_error": 1, "total": 1}
    assert counts("--branch", "release", "--branch", "master")["total"] == 3
    assert counts("--repository", "other/one") == {"total": 0}


def test_a_watched_failure_shows_its_jobs_and_lines() -> None:
    found = rows("failures", "--watch-failure", "git_unsafe_error")
    assert [(row["job_id"], row["line"]) for row in found] == [("2", "fatal 2"), ("1", "fatal 1")]


def test_a_since_that_is_no_span_is_refused_with_a_sentence() -> None:
    found = ci("failures", "--since", "2 days")
    assert isinstance(found.exception, EXPLAINED)
    assert str(found.exception).startswith("--since '2 days': write a number with h, d or w")
    assert found.stdout == ""


def test_last_seen_names_the_files_of_the_store() -> None:
    (row,) = rows("last-seen", "--short")
    assert (row["test"], row["count"], row["runs_on"]) == ("box/a.test.lua", "3", "ubuntu")
    day = (NOW - timedelta(minutes=2)).date()
    assert row["job_json"].endswith(f"store/acme/widget/{day}/jobs/3.json.gz")
    assert row["job_log"].endswith(f"/{day}/logs/3.log.gz")
    assert Path(row["job_json"]).exists() and Path(row["run_json"]).exists()


@pytest.mark.parametrize("report", ["failures", "last-seen", "minutes", "queue", "flaky", "jobs"])
def test_every_report_has_every_format(report: str) -> None:
    assert json.loads(ci(report, "--format", "json").stdout) is not None
    assert ci(report, "--format", "html").stdout.startswith("<!DOCTYPE html>")
    assert ci(report, "--format", "table").exit_code == 0


def test_minutes_by_week_and_queue_times() -> None:
    assert sum(float(row["minutes"]) for row in rows("minutes", "--by", "week")) == 40
    assert {row["p95"] for row in rows("queue")} == {"60.0"}


def test_an_empty_store_says_how_it_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUX_PIPELINES_CI_STORE", "nothing-here")
    found = ci("failures", "--format", "csv")
    assert found.exit_code == 0 and "influx-pipelines ingest ci" in found.stderr
