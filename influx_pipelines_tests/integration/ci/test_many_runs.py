"""A large repository: everything is found, and looking again costs next to nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from influx_pipelines.sources.ci.fetch import Fetcher, Wanted
from influx_pipelines.sources.ci.github import GitHub
from influx_pipelines.sources.ci.store import JobStore
from influx_pipelines_tests.services.github import FakeGitHub, FakeJob, FakeRun

RUNS, DAYS, JOBS, ATTEMPTS = 2_300, 10, 130, 3
FIRST = date(2026, 11, 1)


class Jobs(Sequence[FakeJob]):
    """The jobs of a run, made when they are asked for; one of each run fails and has a log."""

    def __init__(self, run: int) -> None:
        self.run = run

    def __len__(self) -> int:
        return JOBS * ATTEMPTS

    def __getitem__(self, place: int) -> FakeJob:  # type: ignore[override]
        if not 0 <= place < len(self):
            raise IndexError
        attempt, number = divmod(place, JOBS)
        job = FakeJob(self.run * 1_000 + place, f"build {number}", attempt=attempt + 1)
        if place == 0:
            job.conclusion, job.log = "failure", b"why"
        return job


class Large(FakeGitHub):
    def _found(self, job: int) -> FakeJob:
        return self.all[job // 1_000].jobs[job % 1_000]


@pytest.mark.proof
@pytest.mark.timeout(3_600)
def test_a_large_repository_is_found_whole_and_a_second_pass_costs_a_hundredth(
    tmp_path: Path,
) -> None:
    start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    step = timedelta(days=DAYS) / RUNS
    made = [FakeRun(n, start + n * step, Jobs(n), attempt=ATTEMPTS) for n in range(RUNS)]  # type: ignore[arg-type]
    store = JobStore(str(tmp_path / "store"))
    with Large(made) as fake, GitHub(fake.url, fake.token) as github:
        fetcher = Fetcher(github, store, Wanted("o/r"))
        days = [FIRST + timedelta(days=n) for n in range(DAYS)]
        first = [fetcher.day(day) for day in days]
        asked, counted = len(fake.api.requests), fake.counted
        again = [fetcher.day(day) for day in days]
        more, free = len(fake.api.requests) - asked, fake.counted == counted
    assert sum(report.fetched for report in first) == RUNS
    assert sum(report.jobs for report in first) == RUNS * JOBS * ATTEMPTS
    assert sum(report.logs_kept for report in first) == RUNS
    assert sum(report.unchanged for report in again) == RUNS
    print(f"first pass {asked:,} requests, second {more:,} ({more / asked:.2%}), free: {free}")
    assert more <= asked / 100 and free
