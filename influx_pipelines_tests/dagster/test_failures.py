"""The run-failure sensor: what failed is logged and stored, without any secret."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from influx_pipelines.defs.housekeeping.automation import run_failed
from influx_pipelines.defs.housekeeping.failures import recent_failures
from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.resources import InfluxDBResource, failures_explained

TOKEN = "a-token-that-must-not-be-stored"


BACKUP_TOKEN = "an-operator-token-that-must-not-be-stored"


@dg.asset
def broken() -> None:
    text = f"the server said no to Token {TOKEN}, and to {BACKUP_TOKEN}"
    raise dg.Failure(text, allow_retries=False)


def test_a_failed_run_is_stored_with_its_reason_and_without_the_token(
    instance: dg.DagsterInstance, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUXDB_TOKEN", TOKEN)
    monkeypatch.setenv("INFLUXDB_BACKUP_TOKEN", BACKUP_TOKEN)
    job = dg.Definitions(assets=[broken]).resolve_implicit_global_asset_job_def()
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    context = dg.build_run_status_sensor_context(
        sensor_name="run_failed",
        dagster_event=result.get_run_failure_event(),
        dagster_instance=instance,
        dagster_run=result.dagster_run,
    ).for_run_failure()
    run_failed(context)
    (found,) = recent_failures(home)
    assert found["run_id"] == result.run_id
    assert "the server said no" in found["error"]
    stored = (home / "run_failures.jsonl").read_text()
    assert TOKEN not in stored
    assert BACKUP_TOKEN not in stored


def test_half_a_line_of_the_record_costs_only_itself(home: Path) -> None:
    home.mkdir()
    (home / "run_failures.jsonl").write_text('{"run_id": "a"}\n{"run_id": "b')
    assert [row["run_id"] for row in recent_failures(home)] == ["a"]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(28, "No space left on device", "/store/run.json"), "/store/run.json: No space"),
        (UnwritableError("row 1, tag 'a': value 'b\\n' ends a line"), "row 1, tag 'a'"),
    ],
)
def test_what_no_second_try_mends_is_one_sentence_and_not_tried_again(
    error: Exception, says: str
) -> None:
    """A full disk, and a value that cannot be written, were tracebacks after three retries."""
    with pytest.raises(dg.Failure) as caught, failures_explained():
        raise error
    assert str(caught.value.description).startswith(says)
    assert not caught.value.allow_retries


def test_a_step_that_was_cancelled_is_not_tried_again() -> None:
    """Dagster retries what was interrupted, too: a cancelled run began again."""
    with pytest.raises(dg.Failure, match="Cancelled") as caught, failures_explained():
        raise dg.DagsterExecutionInterruptedError
    assert not caught.value.allow_retries


def test_only_backups_take_the_token_that_is_for_them(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"URL": "http://localhost:1", "ORG": "acme", "TOKEN": "plain"}.items():
        monkeypatch.setenv(f"INFLUXDB_{name}", value)
    resource = InfluxDBResource()
    with resource.operator() as client:
        assert client.transport.token == "plain"
    monkeypatch.setenv("INFLUXDB_BACKUP_TOKEN", "operator")
    with resource.operator() as client:
        assert client.transport.token == "operator"
    with resource.client() as client:
        assert client.transport.token == "plain"
