"""Jobs and failed tests as points: none is lost, and none stays that is not told any more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.sources.ci.points import CiJob, CiTest
from influx_pipelines.sources.ci.records import JobRecord, TestRecord
from influx_pipelines.sources.ci.write import Outputs, write_jobs
from influx_pipelines_tests.integration.ci.jobs import CREATED, job

BUCKET = "ci"
ALL = Outputs(BUCKET, "jobs", "tests", "table", api="https://api.github.invalid")


@pytest.fixture
def client(influx: Influx) -> Influx:
    for name in (BUCKET, ALL.job_bucket, ALL.test_bucket, ALL.table_bucket):
        influx.create_bucket(name, retention_seconds=0)
    return influx


def write(client: Influx, *jobs: JobRecord, before: JobRecord | None = None) -> None:
    write_jobs(client, ALL, [(before or job, job) for job in jobs])


def points(client: Influx, measurement: type[CiJob | CiTest]) -> list[dict[str, Any]]:
    return client.read(BUCKET, measurement, start=CREATED).rows()


def series(client: Influx, bucket: str) -> list[dict[str, Any]]:
    """The points of the field `value`, whatever their measurement."""
    flux = """from(bucket: params.bucket) |> range(start: 2026-01-01T00:00:00Z)
        |> filter(fn: (r) => r._field == "value") |> group()"""
    return client.query(flux, {"bucket": bucket}).rows()


def test_jobs_of_one_second_with_the_same_tags_are_all_there(client: Influx) -> None:
    write(client, *(job(73_000_000_000 + n) for n in range(60)))
    assert len({row["job_id"] for row in points(client, CiJob)}) == 60
    write(client, *(job(73_000_000_000 + n) for n in range(60)))
    assert len(points(client, CiJob)) == 60


def test_another_classification_takes_the_place_of_the_one_before(client: Influx) -> None:
    """The type of failure was once the measurement: a better rule wrote a second point."""
    before = job(failure_type="unmatched", classifier_version="1")
    after = replace(before, failure_type="luajit_error", classifier_version="2", evidence="PANIC")
    write(client, before)
    write(client, after, before=before)
    assert [row["failure_type"] for row in points(client, CiJob)] == ["luajit_error"]
    assert [row["_measurement"] for row in series(client, "jobs")] == ["luajit_error"]


def test_tests_that_are_not_found_any_more_are_deleted_and_those_of_other_jobs_stay(
    client: Influx,
) -> None:
    found = (TestRecord(name="a/b.test.lua"), TestRecord(name="c/d.test.lua", status="hang"))
    first = job(1_000_001, tests=found, failure_type="x", classifier_version="1")
    second = job(1_000_002, tests=found, failure_type="x", classifier_version="1")
    write(client, first, second)
    assert len(points(client, CiTest)) == 4
    write(client, replace(first, tests=found[1:]), before=first)
    left = {(row["job_id"], row["test"], row["status"]) for row in points(client, CiTest)}
    assert left == {
        (1_000_001, "c/d.test.lua", "hang"),
        (1_000_002, "a/b.test.lua", "fail"),
        (1_000_002, "c/d.test.lua", "hang"),
    }
    assert len(series(client, "tests")) == 1, "hangs are not told in that layout"


def test_a_test_that_failed_twice_in_a_job_is_two_points(client: Influx) -> None:
    tests = tuple(TestRecord(name="a/b", attempt=n) for n in (1, 2))
    write(client, job(tests=tests))
    assert [row["attempt"] for row in points(client, CiTest)] == ["1", "2"]


def test_texts_of_others_are_written_whatever_is_in_them(client: Influx) -> None:
    odd = job(
        job_name='a,b = "c" \\',
        workflow="tab\there \x1b[0m\\",
        branch="x\ny",
        evidence="bytes \x00 and \r\n breaks " * 100,
        runner_labels=(),
        tests=(TestRecord(name="t = 1, \\"),),
    )
    write(client, odd)
    (row,) = points(client, CiJob)
    assert (row["job_name"], row["runner"]) == ('a,b = "c"', "unknown")
    assert row["evidence"].startswith("bytes and breaks") and len(row["evidence"]) <= 500
    assert points(client, CiTest)[0]["test"] == "t = 1,"


def test_the_layout_of_multivac_is_as_its_dashboards_read_it(client: Influx) -> None:
    failed = job(7, failure_type="luajit_error", tests=(TestRecord(name="a/b.lua"),))
    write(client, failed, job(8, conclusion="success", failure_type="none"))
    write(client, job(9, conclusion="cancelled", failure_type="cancelled"))
    found = {row["job_id"]: row for row in series(client, "jobs")}
    assert set(found) == {"7", "8"}
    assert (found["8"]["_measurement"], found["8"]["conclusion"]) == ("unknown", "success")
    assert found["7"]["runner_label"] == "self-hosted big" and found["7"]["gc64"] == "False"
    (test,) = series(client, "tests")
    assert (test["_measurement"], test["test_attempt"], test["debug"]) == (
        "a/b.lua",
        "1",
        "unknown",
    )
    (linked,) = series(client, "table")
    assert linked["job_log"] == "https://api.github.invalid/repos/o/r/actions/jobs/7/logs"
    assert linked["commit_link"] == "https://github.invalid/o/r/commit/c0ffee"
