from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from influx_pipelines.sources.ci.points import CiJob
from influx_pipelines.sources.ci.records import JobRecord, TestRecord
from influx_pipelines.sources.ci.reports.failures import failures, watched
from influx_pipelines.sources.ci.reports.flaky import flaky_tests
from influx_pipelines.sources.ci.reports.jobs import jobs_report
from influx_pipelines.sources.ci.reports.last_seen import last_seen
from influx_pipelines.sources.ci.reports.minutes import minutes
from influx_pipelines.sources.ci.reports.queue import quantile, queue
from influx_pipelines.sources.ci.reports.report import Report
from influx_pipelines.sources.ci.reports.selection import Selection, SelectionError, since
from influx_pipelines.sources.ci.reruns import settled
from influx_pipelines_tests.ci import START, job

HOUR = timedelta(hours=1)
TEST = TestRecord(name="box/a.test.lua", configuration="memtx")


def failing(number: int, *tests: TestRecord, **given: object) -> JobRecord:
    """The n-th failing job, an hour after the one before."""
    fields = {
        "job_id": number,
        "url": f"https://x/{number}",
        "started_at": START + number * HOUR,
        "conclusion": "failure",
        "failure_type": "bad",
        "tests": tests,
    }
    return job(**fields | given)


REPORTS = [
    failures([failing(1), failing(2, failure_type="unmatched")]),
    watched([failing(1, evidence='<b>"x", y</b>')], "bad"),
    last_seen([failing(1, TEST)]),
    minutes([job(), job(job_id=2)]),
    queue([job()]),
    flaky_tests([failing(1, TestRecord(name="a/b.test", status="transient fail"))]),
    jobs_report([failing(1, TEST)]),
]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_every_report_is_the_same_in_every_format(report: Report) -> None:
    """CSV and HTML of the replaced system always crashed: rows and headers were of two minds."""
    records = report.records()
    assert records and json.loads(report.as_json()) == records
    read = list(csv.DictReader(io.StringIO(report.as_csv())))
    assert read == [
        {name: "" if value is None else str(value) for name, value in record.items()}
        for record in records
    ]
    page = report.as_html()
    assert page.count("<tr>") == len(records) + 1
    columns = len(report.columns) - len(report.aside)
    assert page.count("<td") == len(records) * columns == page.count("</td>")


def test_files_tell_of_a_job_what_its_point_does() -> None:
    told = {*CiJob.tags, *CiJob.fields} - {"runner"}
    assert told <= set(jobs_report([]).columns)


def test_texts_of_others_are_only_texts_on_a_page() -> None:
    @dataclass
    class Row:
        text: str
        url: str

    page = Report("r", "<t>", Row, [Row("<script>", 'https://x/"y')]).as_html()
    assert "<script>" not in page and "<t>" not in page
    assert '<a href="https://x/&quot;y">' in page
    assert 'href="javascript' not in Report("r", "", Row, [Row("", "javascript:x")]).as_html()


def test_failures_are_counted_by_type_and_cancelled_jobs_are_none() -> None:
    jobs = [failing(1), failing(2), failing(3, failure_type="no_log"), job(failure_type="none")]
    report = failures([*jobs, failing(4, failure_type="cancelled")])
    assert [(row.failure_type, row.count, row.share) for row in report.rows] == [
        ("bad", 2, 0.6667),
        ("no_log", 1, 0.3333),
        ("total", 3, 1.0),
    ]
    assert report.rows[0].url == "https://x/2"
    assert [(row.failure_type, row.count) for row in failures([]).rows] == [("total", 0)]


def test_last_seen_has_the_newest_and_counts_a_job_once() -> None:
    again = TestRecord(name=TEST.name, configuration="memtx", attempt=2)
    hung = TestRecord(name="box/b.test.lua", status="hang")
    report = last_seen(
        [failing(3, hung), failing(2, TEST, again, branch="release"), failing(1, TEST)],
        lambda job: (f"{job.job_id}.json", "", "run.json"),
    )
    assert report.columns == tuple(
        "timestamp test conf branch status count runs_on url job_json job_log run_json".split()
    )
    assert report.as_csv().splitlines()[1:] == [
        "2026-01-01T15:00:00Z,box/b.test.lua,none,master,hang,1,ubuntu-22.04,"
        "https://x/3,3.json,,run.json",
        "2026-01-01T14:00:00Z,box/a.test.lua,memtx,release,fail,2,ubuntu-22.04,"
        "https://x/2,2.json,,run.json",
    ]


def test_minutes_are_summed_by_day_week_and_month_and_label() -> None:
    december = datetime(2025, 12, 31, 23, 59, tzinfo=UTC)
    jobs = [job(), job(started_at=december, runner_labels=("freebsd-13", "big"))]

    def rows(**given: object) -> list[tuple[str, str, float]]:
        return [(r.period, r.runs_on, r.minutes) for r in minutes(jobs, **given).rows]  # type: ignore[arg-type]

    assert rows() == [("2026-01-01", "ubuntu-22.04", 10), ("2025-12-31", "freebsd-13,big", 10)]
    assert rows(by="week", short=True) == [
        ("2026-W01", "freebsd,big", 10),
        ("2026-W01", "ubuntu", 10),
    ]
    assert [period for period, _, _ in rows(by="month")] == ["2026-01", "2025-12"]


def test_queue_times_are_told_by_their_quantiles() -> None:
    jobs = [job(job_id=n, queue_seconds=float(n)) for n in range(101)]
    (row,) = queue(jobs).rows
    assert (row.jobs, row.p50, row.p95, row.longest) == (101, 50.0, 95.0, 100.0)
    assert quantile([7.0], 0.95) == 7.0
    assert quantile([0.0, 10.0], 0.95) == 9.5


def test_a_test_is_flaky_when_a_later_attempt_of_its_job_passed() -> None:
    first = failing(1, TEST, run_attempt=1)
    second = failing(2, TEST, run_attempt=2)
    passed = job(job_id=3, run_attempt=3)
    others = [failing(4, TEST, run_id=2), failing(5, TEST, job_name="other")]
    found = settled([first, second, passed, *others])
    assert [t.status for j in found for t in j.tests] == ["flaky", "flaky", "fail", "fail"]
    (row,) = flaky_tests([first, second, passed, *others]).rows
    assert (row.flaky, row.transient, row.failed, row.url) == (2, 0, 2, "https://x/2")
    assert flaky_tests(others).rows == []


def test_a_success_before_a_failure_makes_nothing_flaky() -> None:
    jobs = [job(run_attempt=1), failing(2, TEST, run_attempt=2)]
    assert settled(jobs) == jobs


def test_a_selection_takes_the_latest_of_its_branches_since_a_time() -> None:
    jobs = [failing(n, branch="b" if n % 2 else "a") for n in (3, 1, 4, 2, 0)]

    def numbers(**given: object) -> list[int]:
        return [found.job_id for found in Selection(**given).of(jobs)]  # type: ignore[arg-type]

    assert numbers() == [4, 3, 2, 1, 0]
    assert numbers(since=START + 2 * HOUR) == [4, 3, 2]
    assert numbers(branches=("b",), latest=1) == [3]
    assert Selection().of([job(conclusion="skipped")]) == []


def test_since_is_a_span_or_refused() -> None:
    """The replaced script printed a hint and then took everything."""
    assert since("36h", START) == START - 36 * HOUR
    assert since("2w", START) == START - timedelta(weeks=2)
    for wrong in ("2", "d", "2 d", "-1d", "2m", "", "999999d"):
        with pytest.raises(SelectionError, match="write a number with h, d or w"):
            since(wrong, START)
