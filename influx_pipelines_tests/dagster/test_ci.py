"""CI jobs from a fake of GitHub through Dagster into a server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.defs.ci.assets import ci_pass
from influx_pipelines.defs.ci.automation import WHAT_CHANGED, ci_goes_on, ci_hourly
from influx_pipelines.defs.ci.checks import JOBS, RUNS
from influx_pipelines.defs.ci.sample import sample
from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.sources.ci.passing import open_store
from influx_pipelines.sources.ci.points import CiJob, CiTest
from influx_pipelines.sources.ci.rules import Rules
from influx_pipelines.sources.ci.sample import BUCKET, REPOSITORY, write_sample
from influx_pipelines.sources.ci.sample import sample as made_up
from influx_pipelines.sources.ci.write import Outputs, write_jobs
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.dagster.conftest import World
from influx_pipelines_tests.services.github import FakeGitHub, FakeJob, FakeRun
from influx_pipelines_tests.services.service import Answer

NOW = datetime.now(UTC).replace(microsecond=0)
BEFORE = NOW - timedelta(days=4)
LOG = b"""2026-11-20T12:00:10.0000000Z Current runner version: '2.319.1'
[001] sql/select.test.lua memtx [ fail ]
PANIC: unprotected error in call to Lua API
"""


@pytest.fixture
def fake(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    for name in ("ci.yaml", "ci_rules.yaml"):
        shutil.copy(ROOT / "estate" / name, world.folder / name)
    with FakeGitHub() as fake:
        monkeypatch.setenv("GITHUB_API_URL", fake.url)
        monkeypatch.setenv("GITHUB_TOKEN", fake.token)
        monkeypatch.setenv("CI_REPOSITORIES", "o/r")
        world.bucket("ci_jobs", 0)
        yield fake


def run_of(number: int, created: datetime, jobs: int = 3) -> FakeRun:
    """A run of which the first job fails, with a log."""
    made = [FakeJob(100 * number + n, f"job {n} debian_11") for n in range(jobs)]
    made[0].conclusion, made[0].log = "failure", LOG
    return FakeRun(number, created, made)


def go(world: World, first: datetime, last: datetime, *, rewrite: bool = False) -> Any:
    tags = {RANGE_START: f"{first:%Y-%m-%d}", RANGE_END: f"{last:%Y-%m-%d}"}
    config = WHAT_CHANGED if not rewrite else None
    return world.run(ci_pass, tags=tags, config=config)


def jobs(world: World) -> list[dict[str, Any]]:
    return world.client.read("ci_jobs", CiJob, start=BEFORE - timedelta(days=1)).rows()


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {found.check_name: found.passed for found in result.get_asset_check_evaluations()}


def told(world: World, key: dg.AssetKey) -> dict[str, Any]:
    """Partition → summary of each materialization."""
    records = world.instance.fetch_materializations(key, limit=100).records
    found = [record.asset_materialization for record in records]
    return {event.partition: event.metadata["summary"].value for event in found if event}


def test_jobs_come_classified_and_any_repeat_changes_no_row(world: World, fake: FakeGitHub) -> None:
    yesterday = NOW - timedelta(days=1)
    fake.add(*(run_of(n, yesterday + timedelta(hours=2 * n)) for n in range(1, 9)))
    first = go(world, yesterday, NOW)
    assert first.success
    assert checks(first) == {
        "everything_fetched": True,
        "nothing_stuck": True,
        "all_classified": True,
        "rules_match": True,
    }
    rows = jobs(world)
    assert len(rows) == 24
    failed = [row for row in rows if row["conclusion"] == "failure"]
    assert {row["failure_type"] for row in failed} == {"luajit_error"}
    assert {row["failure_type"] for row in rows if row["conclusion"] == "success"} == {"none"}
    assert (failed[0]["runner_version"], failed[0]["failed_tests"]) == ("2.319.1", 1)
    tests = world.client.read("ci_jobs", CiTest, start=BEFORE).rows()
    assert len(tests) == 8 and tests[0]["test"] == "sql/select.test.lua"
    assert len(told(world, RUNS)) == 2 and len(told(world, JOBS)) == 2
    before = len(fake.api.requests)
    for rewrite in (False, True, True):
        assert go(world, yesterday, NOW, rewrite=rewrite).success
        assert jobs(world) == rows
    assert len(fake.api.requests) - before == 3 * 2, "a list a day, and nothing else"


def test_a_pass_that_meets_the_limit_is_partial_and_a_sensor_goes_on(
    world: World, fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add(*(run_of(n, BEFORE + timedelta(hours=8 * n)) for n in range(1, 12)))
    monkeypatch.setenv("INFLUX_PIPELINES_CI_WORKERS", "1")
    fake.limit, fake.reset_after = 12, 61 + 3_600.0
    result = go(world, BEFORE, NOW)
    assert result.success, "a limit is no failure"
    assert not checks(result)["everything_fetched"]
    assert 0 < len(jobs(world)) < 33
    days = set(told(world, RUNS))
    assert f"{NOW:%Y-%m-%d}" in days and f"{BEFORE:%Y-%m-%d}" not in days
    skipped = tick(world)
    assert isinstance(skipped, dg.SkipReason) and "lifted at" in str(skipped.skip_message)
    fake.limit = None
    store = open_store(world.estate.settings())
    store.put_resume({**store.resume(), "at": NOW.isoformat()})
    asked = tick(world)
    assert isinstance(asked, dg.RunRequest)
    assert asked.tags[RANGE_START] == f"{BEFORE:%Y-%m-%d}"
    again = world.run(ci_pass, tags=dict(asked.tags), config=asked.run_config)
    assert again.success and len(jobs(world)) == 33
    done = tick(world)
    assert isinstance(done, dg.SkipReason) and "No pass met" in str(done.skip_message)


def tick(world: World) -> Any:
    context = dg.build_sensor_context(instance=world.instance, resources={"estate": world.estate})
    return ci_goes_on(context)


def test_other_rules_classify_again_without_github_and_leave_no_ghost(
    world: World, fake: FakeGitHub
) -> None:
    fake.add(run_of(1, NOW - timedelta(hours=1)))
    assert go(world, NOW, NOW).success
    rules = world.folder / "ci_rules.yaml"
    rules.write_text(
        "rules:\n  - {name: panic, pattern: 'PANIC', category: crash, severity: critical}\n"
    )
    before = len(fake.api.requests)
    definitions = dg.Definitions(assets=[ci_pass], resources=world.resources)
    result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=world.instance,
        asset_selection=[JOBS],
        partition_key=f"{NOW:%Y-%m-%d}",
        raise_on_error=False,
    )
    assert result.success and set(checks(result)) == {"all_classified", "rules_match"}
    assert len(fake.api.requests) == before
    assert sorted(row["failure_type"] for row in jobs(world)) == ["none", "none", "panic"]


def test_one_refused_repository_does_not_keep_the_other_back(
    world: World, fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.add(run_of(1, NOW - timedelta(hours=1)))
    monkeypatch.setenv("CI_REPOSITORIES", "other/private,o/r")
    good, refused = fake.api.answer, Answer(status=401)
    fake.api.answer = lambda asked: refused if "private" in asked.path else good(asked)
    result = go(world, NOW - timedelta(days=1), NOW)
    assert not result.success
    assert len(jobs(world)) == 3
    assert not checks(result)["everything_fetched"]
    assert sum("private" in asked.path for asked in fake.api.requests) == 1
    assert told(world, RUNS) == told(world, JOBS) == {}, "no day of both repositories is whole"


def test_checks_fail_when_they_should(world: World, fake: FakeGitHub) -> None:
    old = NOW - timedelta(days=4)
    fake.add(FakeRun(1, old, status="queued"))
    types = ["", *["unmatched"] * 29]
    rows = [{"time": NOW - timedelta(seconds=n), "failure_type": t} for n, t in enumerate(types)]
    world.client.write(rows, bucket="ci_jobs", measurement="ci_job")
    found = checks(go(world, old, NOW))
    assert found["nothing_stuck"] is False
    assert found["all_classified"] is False
    assert found["rules_match"] is False


def test_without_a_repository_nothing_is_asked_and_the_schedule_skips(
    world: World, fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_REPOSITORIES", "")
    result = go(world, NOW, NOW)
    assert result.success and all(checks(result).values())
    assert fake.api.requests == []
    assert "no repository" in told(world, RUNS)[f"{NOW:%Y-%m-%d}"]
    context = dg.build_schedule_context(resources={"estate": world.estate})
    assert isinstance(ci_hourly(context), dg.SkipReason)
    monkeypatch.setenv("CI_REPOSITORIES", "o/r")
    asked = ci_hourly(context)
    assert isinstance(asked, dg.RunRequest)
    monkeypatch.setenv("INFLUX_PIPELINES_NETWORK", "false")
    assert isinstance(ci_hourly(context), dg.SkipReason)
    first, last = asked.tags[RANGE_START], asked.tags[RANGE_END]
    assert datetime.fromisoformat(last) - datetime.fromisoformat(first) == timedelta(days=30)


def test_the_token_is_in_no_event_and_in_no_file(
    world: World, fake: FakeGitHub, tmp_path: Path
) -> None:
    fake.add(run_of(1, NOW - timedelta(hours=1)))
    fake.api.scripted.append(Answer.json({"message": f"no {fake.token}"}, 400))
    assert not go(world, NOW, NOW).success
    texts = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"o/r" in texts and fake.token.encode() not in texts


def test_the_sample_is_the_same_each_time_apart_and_on_no_server_of_others(
    world: World, fake: FakeGitHub
) -> None:
    rules = Rules.load(world.folder / "ci_rules.yaml")
    jobs_of_sample = list(made_up(rules, NOW))
    assert {job.repository for job in jobs_of_sample} == {REPOSITORY}
    assert {"none", "cancelled", "unmatched", "luajit_error"} <= {
        job.failure_type for job in jobs_of_sample
    }
    points = [write_sample(world.client, rules, NOW).points for _ in range(2)]
    rows = world.client.read(BUCKET, CiJob, start=NOW - timedelta(days=20)).rows()
    assert len(rows) == len(jobs_of_sample) and points[0] == points[1]
    before = {bucket.name for bucket in world.client.buckets()}
    result = world.run(sample)
    assert result.success and checks(result) == {"sample_is_apart": True}
    assert {bucket.name for bucket in world.client.buckets()} == before
    write_jobs(world.client, Outputs("ci_jobs"), [(job, job) for job in jobs_of_sample[-5:]])
    assert checks(world.run(sample)) == {"sample_is_apart": False}


def test_where_the_network_is_switched_off_github_is_not_asked(
    world: World, fake: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run by hand, and the command, asked it all the same."""
    monkeypatch.setenv("INFLUX_PIPELINES_NETWORK", "false")
    result = go(world, NOW, NOW)
    (event,) = (e for e in result.all_node_events if e.is_step_failure)
    failure = event.step_failure_data.user_failure_data
    assert failure is not None and "INFLUX_PIPELINES_NETWORK: is false" in str(failure.description)
    assert fake.api.requests == []
