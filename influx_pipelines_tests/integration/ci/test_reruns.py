"""A re-run that passes says of the tests that failed before it that they are flaky."""

from __future__ import annotations

from pathlib import Path

from influx_pipelines.influx.client import Influx
from influx_pipelines.sources.ci.points import CiTest
from influx_pipelines.sources.ci.publish import Publisher
from influx_pipelines.sources.ci.rules import Rules
from influx_pipelines.sources.ci.store import JobStore
from influx_pipelines.sources.ci.write import Outputs
from influx_pipelines_tests.ci import START, job, store_jobs


def test_a_later_attempt_rewrites_the_points_of_the_first(influx: Influx, tmp_path: Path) -> None:
    influx.create_bucket("ci", retention_seconds=0)
    store = JobStore(str(tmp_path))
    first = job(conclusion="failure", log="kept")
    store.put_log(first, [b"[001] sql/select.test.lua memtx [ fail ]\n"])

    def published() -> list[tuple[str, str]]:
        publisher = Publisher(influx, store, Rules(()), Outputs("ci"))
        publisher.day(first.repository, START.date(), rewrite=True)
        rows = influx.read("ci", CiTest, start=first.run_created_at).rows()
        return [(row["test"], row["status"]) for row in rows]

    store_jobs(store, first)
    assert published() == [("sql/select.test.lua", "fail")]
    store_jobs(store, *store.jobs(), job(job_id=2, run_attempt=2))
    assert published() == published() == [("sql/select.test.lua", "flaky")]
