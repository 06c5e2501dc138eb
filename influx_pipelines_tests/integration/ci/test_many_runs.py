"""A large repository: everything is found, and looking again costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from influx_pipelines.sources.ci.fetch import Fetcher, Wanted
from influx_pipelines.sources.ci.github import GitHub
from influx_pipelines.sources.ci.store import JobStore, StoredRun
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


PROGRAM = """
import sys
from datetime import date
from influx_pipelines.sources.ci.fetch import Fetcher, Wanted
from influx_pipelines.sources.ci.github import GitHub
from influx_pipelines.sources.ci.store import JobStore, StoredRun
url, token, folder, day = sys.argv[1:]
with GitHub(url, token) as github:
    Fetcher(github, JobStore(folder), Wanted("o/r")).day(date.fromisoformat(day))
"""


@pytest.mark.proof
@pytest.mark.timeout(300)
def test_a_pass_that_is_killed_again_and_again_ends_as_one_done_at_once(tmp_path: Path) -> None:
    start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    whole, killed = JobStore(str(tmp_path / "whole")), JobStore(str(tmp_path / "killed"))
    with Large([FakeRun(n, start, Jobs(n), attempt=ATTEMPTS) for n in range(1, 61)]) as fake:  # type: ignore[arg-type]
        with GitHub(fake.url, fake.token) as github:
            Fetcher(github, whole, Wanted("o/r")).day(FIRST)
        command = [sys.executable, "-c", PROGRAM, fake.url, fake.token, killed.url, str(FIRST)]
        kills = 0
        while True:
            before = len(fake.api.requests)
            process = subprocess.Popen(command)
            while process.poll() is None and len(fake.api.requests) < before + 53:
                time.sleep(0.001)
            process.kill()
            kills += process.wait() != 0
            assert all(len(killed.jobs_of("o/r", run.run)) == run.jobs for run in runs_in(killed))
            if process.returncode == 0:
                break
    assert kills > 2
    assert list(killed.jobs()) == list(whole.jobs()) != []
    kept = {job.job_id for job in killed.jobs() if killed.has_log(job)}
    assert kept == {job.job_id for job in whole.jobs() if job.log == "kept"}


def runs_in(store: JobStore) -> list[StoredRun]:
    return list(store.runs("o/r", FIRST).values())


@pytest.mark.proof
@pytest.mark.timeout(3_600)
def test_a_large_repository_is_found_whole_and_a_second_pass_costs_a_hundredth(
    tmp_path: Path,
) -> None:
    start = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC)
    step = timedelta(days=DAYS) / RUNS
    made = [FakeRun(n + 1, start + n * step, Jobs(n + 1), attempt=ATTEMPTS) for n in range(RUNS)]  # type: ignore[arg-type]
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
