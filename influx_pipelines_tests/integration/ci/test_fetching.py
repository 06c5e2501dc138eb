"""Runs, jobs and logs from GitHub's API into the store, over HTTP against a fake of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from influx_pipelines.sources.ci.fetch import DayReport, Fetcher, Wanted
from influx_pipelines.sources.ci.github import GitHub
from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.store import JobStore
from influx_pipelines.sources.errors import BadAnswer, NotFound, Refused, SourceError, Unavailable
from influx_pipelines_tests.services.github import FakeGitHub, FakeJob, FakeRun
from influx_pipelines_tests.services.service import Answer, Request

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
REPOSITORY = "o/r"


def runs_of(count: int, jobs: int, *, attempts: int = 1) -> list[FakeRun]:
    """Runs a minute from each other; the first job of each attempt fails, and has a log."""
    return [
        FakeRun(
            number + 1,
            NOON + timedelta(minutes=number),
            [
                FakeJob(
                    1_000 * (number + 1) + attempt * jobs + job,
                    f"build {job} debian_11",
                    attempt=attempt + 1,
                    conclusion="success" if job else "failure",
                    log=None if job else f"log of {number} {attempt}".encode() * 100,
                )
                for attempt in range(attempts)
                for job in range(jobs)
            ],
            attempt=attempts,
        )
        for number in range(count)
    ]


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(str(tmp_path / "store"))


def fetch(fake: FakeGitHub, store: JobStore, **wanted: object) -> DayReport:
    with GitHub(fake.url, fake.token, retries=0) as github:
        return Fetcher(github, store, Wanted(REPOSITORY, **wanted)).day(DAY)  # type: ignore[arg-type]


def records(store: JobStore) -> list[JobRecord]:
    return sorted(store.jobs(), key=lambda job: job.job_id)


def test_all_pages_of_all_attempts_come_and_a_second_pass_asks_for_the_list_alone(
    fake: FakeGitHub, store: JobStore
) -> None:
    fake.add(*runs_of(3, 130, attempts=3))
    report = fetch(fake, store)
    assert (report.listed, report.fetched, report.jobs) == (3, 3, 3 * 130 * 3)
    assert (report.logs_kept, report.logs_gone, report.missing) == (9, 0, 0)
    assert len(records(store)) == 1_170
    first = len(fake.api.requests)
    assert first == 1 + 3 * 4 + 9
    counted = fake.counted
    again = fetch(fake, store)
    assert (again.unchanged, again.fetched) == (3, 0)
    assert len(fake.api.requests) - first == 1
    assert fake.counted == counted, "an answer by 304 is in no limit"


def test_a_search_beyond_the_cap_is_halved_until_all_runs_come(
    fake: FakeGitHub, store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search gives 1,000 results, 10 here, and no word of the others but their number."""
    monkeypatch.setattr("influx_pipelines.sources.ci.github.CAP", 10)
    fake.cap = 10
    fake.add(*(FakeRun(n + 1, NOON + timedelta(minutes=n), status="queued") for n in range(45)))
    assert fetch(fake, store).listed == 45
    assert set(store.runs(REPOSITORY, DAY)) == set(fake.all)
    fake.add(*(FakeRun(n + 100, NOON - timedelta(hours=1), status="queued") for n in range(12)))
    report = fetch(fake, store)
    assert (report.listed, report.missing) == (55, 2), "12 in one second cannot be halved"


def test_a_day_that_met_the_limit_at_any_point_and_went_on_is_as_one_done_at_once(
    fake: FakeGitHub, store: JobStore, tmp_path: Path
) -> None:
    fake.add(*runs_of(16, 101, attempts=2))
    whole = JobStore(str(tmp_path / "whole"))
    fetch(fake, whole)
    for _ in range(2):
        fake.counted, fake.limit = 0, 25
        report = fetch(fake, store)
        assert fake.counted <= 25 + 4, "those that were on their way, and none after them"
        assert report.resume_at is not None and 0 < len(records(store)) < len(records(whole))
        assert timedelta(minutes=29) < report.resume_at - datetime.now(UTC) < timedelta(minutes=31)
    fake.limit = None
    assert fetch(fake, store).resume_at is None
    assert records(store) == records(whole) and records(whole)
    for job in records(whole):
        assert store.has_log(job) == whole.has_log(job) == (job.conclusion == "failure")


def test_a_killed_pass_leaves_nothing_half(fake: FakeGitHub, store: JobStore) -> None:
    """A log that breaks off is no log, and its run no run, until a later pass has it whole."""
    fake.add(*runs_of(1, 2))
    good = fake.blobs.answer
    fake.blobs.answer = lambda asked: Answer(b"half" * 50_000, cut=True)
    error = fetch(fake, store).error
    assert isinstance(error, Unavailable) and "broke off" in str(error)
    assert records(store) == [] and store.runs(REPOSITORY, DAY) == {}
    assert store.files.names(f"{REPOSITORY}/{DAY}/logs") == []
    fake.blobs.answer = good
    assert fetch(fake, store).fetched == 1
    with store.open_log(records(store)[0]) as log:
        assert log.read() == b"log of 0 0" * 100


def test_what_cannot_be_written_is_named(fake: FakeGitHub, store: JobStore, tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where a folder has to be")
    with pytest.raises(SourceError, match=r"/store/o/r/2026-11-20/pages/\w+\.json: Not a dir"):
        fetch(fake, store)
    with pytest.raises(SourceError, match=r"/store/resume\.json: "):
        store.put_resume({"at": "now"})


def test_a_damaged_file_is_named_and_what_is_deleted_is_fetched_again(
    fake: FakeGitHub, store: JobStore
) -> None:
    fake.add(*runs_of(1, 2))
    fetch(fake, store)
    (path,) = Path(store.files.root).rglob("1.json.gz")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match=r"1\.json\.gz cannot be read; delete it"):
        records(store)
    path.unlink()
    assert fetch(fake, store).fetched == 1
    assert len(records(store)) == 2


def test_a_log_that_is_gone_is_a_state_and_no_log(fake: FakeGitHub, store: JobStore) -> None:
    """The body of the 410 was once kept as the log, and classified."""
    fake.add(FakeRun(1, NOON, [FakeJob(7, conclusion="failure", log=None)]))
    assert fetch(fake, store).logs_gone == 1
    assert [job.log for job in records(store)] == ["gone"]
    assert not store.has_log(records(store)[0])
    before = len(fake.api.requests)
    fetch(fake, store)
    assert len(fake.api.requests) - before == 1, "it is not asked for again"


def test_the_token_goes_to_the_api_alone(fake: FakeGitHub, store: JobStore) -> None:
    fake.add(*runs_of(1, 1))
    fetch(fake, store)
    assert all("Authorization" in asked.headers for asked in fake.api.requests)
    assert [asked.headers.get("Authorization") for asked in fake.blobs.requests] == [None]
    files = [path for path in Path(store.files.root).rglob("*") if path.is_file()]
    assert files and not [path for path in files if fake.token.encode() in path.read_bytes()]


def test_without_a_token_no_log_is_asked_for_and_with_one_they_come_later(
    fake: FakeGitHub, store: JobStore
) -> None:
    fake.add(*runs_of(1, 2))
    with GitHub(fake.url, retries=0) as github:
        Fetcher(github, store, Wanted(REPOSITORY)).day(DAY)
    assert [job.log for job in records(store)] == ["absent", "absent"]
    fetch(fake, store)
    assert [job.log for job in records(store)] == ["kept", "absent"]
    fetch(fake, store, logs="all")
    assert [job.log for job in records(store)] == ["kept", "gone"]


def test_an_unfinished_run_is_fetched_when_it_ended_and_a_rerun_adds_its_attempt(
    fake: FakeGitHub, store: JobStore
) -> None:
    run = FakeRun(1, NOON, [FakeJob(10), FakeJob(11, status="in_progress")], status="in_progress")
    fake.add(run)
    assert list(fetch(fake, store).unfinished) == [1]
    run.status, run.updated = "completed", NOON + timedelta(minutes=5)
    report = fetch(fake, store)
    assert list(report.unfinished) == [1], "the run ended before one of its jobs did"
    run.jobs[1].status = "completed"
    assert fetch(fake, store).fetched == 1
    before = records(store)
    run.status, run.attempt, run.updated = "queued", 2, NOON + timedelta(hours=1)
    assert list(fetch(fake, store).unfinished) == [1]
    assert records(store) == before, "the first attempt is not lost meanwhile"
    run.status, run.updated = "completed", NOON + timedelta(hours=2)
    run.jobs.append(FakeJob(12, attempt=2))
    assert fetch(fake, store).fetched == 1
    assert [(job.job_id, job.run_attempt) for job in records(store)] == [(10, 1), (11, 1), (12, 2)]


def test_branches_are_asked_for_one_by_one(fake: FakeGitHub, store: JobStore) -> None:
    made = [FakeRun(n, NOON, branch=name) for n, name in enumerate(["a", "b", "c"], 1)]
    fake.add(*made)
    assert fetch(fake, store, branches=("a", "c")).listed == 2
    assert set(store.runs(REPOSITORY, DAY)) == {1, 3}


def test_one_run_that_cannot_be_had_does_not_keep_the_others_back(
    fake: FakeGitHub, store: JobStore
) -> None:
    fake.add(*runs_of(3, 1))
    good = fake.api.answer
    fake.api.answer = lambda asked: Answer(status=502) if "/2/" in asked.path else good(asked)
    error = fetch(fake, store).error
    assert isinstance(error, Unavailable) and "502" in str(error)
    assert set(store.runs(REPOSITORY, DAY)) == {1, 3}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer.json({"message": "Bad credentials"}, 401), Refused),
        (Answer.json({"message": "Not Found"}, 404), NotFound),
        (Answer.json({"total_count": 1, "workflow_runs": [{"number": 1}]}), BadAnswer),
        (Answer.json({"runs": []}), BadAnswer),
        (Answer(b"<html>"), BadAnswer),
    ],
)
def test_an_answer_that_is_not_as_documented_is_an_error_and_nothing_is_kept(
    fake: FakeGitHub, store: JobStore, answer: Answer, error: type[Exception]
) -> None:
    fake.api.scripted.append(answer)
    with pytest.raises(error) as caught:
        fetch(fake, store)
    assert fake.token not in str(caught.value)
    assert store.runs(REPOSITORY, DAY) == {}


def test_a_short_wait_is_waited_for_and_slow_answers_are_asked_for_few_at_a_time(
    fake: FakeGitHub, store: JobStore
) -> None:
    fake.add(*runs_of(12, 1))
    good, active, most = fake.api.answer, [], [0]

    def slow(asked: Request) -> Answer:
        active.append(asked)
        most[0] = max(most[0], len(active))
        time.sleep(0.02)
        active.remove(asked)
        return good(asked)

    fake.api.answer = slow
    fake.api.scripted.append(Answer(status=429, headers={"Retry-After": "0"}))
    with GitHub(fake.url, fake.token, retries=1) as github:
        report = Fetcher(github, store, Wanted(REPOSITORY), workers=3).day(DAY)
    assert (report.fetched, report.resume_at) == (12, None)
    assert 1 < most[0] <= 3


def test_a_secondary_limit_without_a_time_is_a_limit(fake: FakeGitHub, store: JobStore) -> None:
    text = "You have exceeded a secondary rate limit. Please wait a few minutes."
    fake.api.scripted.append(Answer.json({"message": text}, 403))
    report = fetch(fake, store)
    assert report.resume_at is not None and report.resume_at > datetime.now(UTC)


def test_logs_are_kept_for_a_time_and_what_was_told_of_the_job_stays(
    fake: FakeGitHub, store: JobStore
) -> None:
    fake.add(*runs_of(1, 1))
    fetch(fake, store)
    assert store.prune_logs(DAY) == 0
    assert store.prune_logs(DAY + timedelta(days=1)) == 1
    assert len(records(store)) == 1 and not store.has_log(records(store)[0])
    before = len(fake.api.requests)
    fetch(fake, store)
    assert len(fake.api.requests) - before == 1, "it is not fetched again"


def test_the_store_may_be_on_any_file_system(fake: FakeGitHub) -> None:
    store = JobStore(f"memory://{id(fake)}")
    fake.add(*runs_of(2, 2))
    assert fetch(fake, store).jobs == 4
    assert fetch(fake, store).unchanged == 2
    assert store.repositories() == [REPOSITORY] and store.days(REPOSITORY) == [DAY]
    with store.open_log(records(store)[0]) as log:
        assert log.read().startswith(b"log of 0 0")
    assert len(list(store.jobs(since=NOON + timedelta(seconds=60)))) == 2
