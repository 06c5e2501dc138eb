"""The instance files, one code base on one machine or many, as Dagster itself reads them."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest
import yaml

from influx_pipelines_tests.conftest import ROOT

LOCAL = "dagster.yaml"
DEPLOYED = ("deploy/single-host/dagster.yaml", "deploy/cluster/dagster.yaml")


@pytest.fixture
def place(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_POSTGRES_URL", f"{postgres_url}/postgres")
    monkeypatch.setenv("DAGSTER_LOGS", str(tmp_path / "logs"))
    return tmp_path


@pytest.mark.parametrize("name", [LOCAL, *DEPLOYED])
def test_an_instance_file_is_loaded_and_keeps_a_run(name: str, place: Path) -> None:
    shutil.copy(ROOT / name, place / "dagster.yaml")

    @dg.job
    def nothing() -> None:
        pass

    with dg.DagsterInstance.from_config(str(place)) as instance:
        assert nothing.execute_in_process(instance=instance).success
        assert instance.get_runs_count() >= 1
        assert instance.run_monitoring_enabled
        assert not instance.telemetry_enabled


def test_a_key_that_dagster_does_not_know_is_refused(place: Path) -> None:
    text = (ROOT / DEPLOYED[1]).read_text() + "\nrun_monitorin: {enabled: true}\n"
    (place / "dagster.yaml").write_text(text)
    with pytest.raises(dg.DagsterInvalidConfigError, match="run_monitorin"):
        dg.DagsterInstance.from_config(str(place))


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_instances_differ_in_where_things_are_and_in_how_much_at_once(name: str) -> None:
    local, other = (yaml.safe_load((ROOT / one).read_text()) for one in (LOCAL, name))
    for found in (local, other):
        del found["storage"], found["compute_logs"], found["concurrency"]["runs"]
    assert other == local
