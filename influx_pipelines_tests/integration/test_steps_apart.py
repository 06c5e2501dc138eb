"""Nothing is on local disk between steps: each one a process with a working folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.cluster import apart
from influx_pipelines_tests.cluster.machines import environment
from influx_pipelines_tests.cluster.work import ALERTS, ESTATE, INGEST, Work
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.services.weather import open_meteo


@pytest.fixture
def instance(
    tmp_path: Path, server: Connection, org: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    monkeypatch.syspath_prepend(ROOT)  # the steps import the job from any folder
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)
    for name, value in environment(tmp_path / "home", server, org).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("INFLUX_PIPELINES_EXECUTOR", "multiprocess")
    monkeypatch.setenv("INFLUX_PIPELINES_NETWORK", "false")
    for name in ("steps", "dagster"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv(apart.FOLDERS, str(tmp_path / "steps"))
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as made:
        yield made


def run(instance: dg.DagsterInstance, work: Work) -> None:
    with dg.execute_job(
        dg.reconstructable(apart.job),
        instance=instance,
        asset_selection=work.keys,
        tags=work.tags,
        run_config={"execution": {"config": {"max_concurrent": 2}}},
    ) as done:
        failed = [event for event in done.all_events if event.is_failure]
        assert done.success, failed
    left = apart.left_behind()
    assert len(left) > len(work.assets)
    assert not any(left.values()), left
    stored = [path for path in Path(instance.storage_directory()).rglob("*") if path.is_file()]
    assert {path.parent.name for path in stored} <= {"compute_logs"}


def test_steps_need_nothing_of_each_others_folders(instance: dg.DagsterInstance) -> None:
    run(instance, ALERTS)


@pytest.mark.proof
@pytest.mark.timeout(600)
def test_no_asset_needs_anything_of_anothers_folder(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    from influx_pipelines.definitions import defs

    names = [key.to_user_string() for key in apart.unpartitioned(defs())]
    with open_meteo() as weather:
        monkeypatch.setenv("OPEN_METEO_URL", weather.url)
        monkeypatch.setenv("INFLUX_PIPELINES_NETWORK", "true")
        for work in (ESTATE, INGEST, Work(tuple(names))):  # a backup holds something then
            run(instance, work)
