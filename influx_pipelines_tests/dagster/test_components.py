"""The components as another project has them: keys, asset checks, what they do on a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.components import BackupPlan, InfluxBucket, InfluxEstate, WeatherStation
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection

PLACE = {"latitude": 1.0, "longitude": 2.0, "bucket": "weather"}


def built(component: type[dg.Component], **attributes: Any) -> dg.Definitions:
    made = component.from_attributes_dict(attributes=attributes)
    return dg.build_defs_for_component(made)


def keys(definitions: dg.Definitions) -> set[str]:
    return {key.to_user_string() for key in definitions.resolve_all_asset_keys()}


@pytest.fixture
def server_of(server: Connection, influx: Influx, home: Path) -> dict[str, str]:
    return {"url": server.url, "org": influx.org, "token": server.token}


def materialize(definitions: dg.Definitions) -> dg.ExecuteInProcessResult:
    job = definitions.resolve_implicit_global_asset_job_def()
    return job.execute_in_process(raise_on_error=False)


def failed_checks(result: dg.ExecuteInProcessResult) -> set[str]:
    return {one.check_name for one in result.get_asset_check_evaluations() if not one.passed}


def test_two_of_each_component_stand_in_one_project_beside_each_other() -> None:
    merged = dg.Definitions.merge(
        *(built(InfluxBucket, name=name) for name in ("a", "b")),
        *(built(InfluxEstate, name=name) for name in ("a", "b")),
        *(built(WeatherStation, name=name, **PLACE) for name in ("a", "b")),
        *(built(BackupPlan, name=name, restore_test=True) for name in ("a", "b")),
        built(InfluxBucket, name="a", key_prefix=["other"]),
    )
    dg.Definitions.validate_loadable(merged)
    assert len(keys(merged)) == 2 * (1 + 2 + 1 + 5) + 1
    assert len(list(merged.schedules or [])) == 2 * 5 + 1


def test_a_name_that_is_free_text_becomes_a_key() -> None:
    assert keys(built(InfluxBucket, name="telegraf/auto gen")) == {
        "influx_buckets/telegraf_auto_gen"
    }
    with pytest.raises(ValueError, match="give another name"):
        built(InfluxBucket, name="气象")


@pytest.mark.parametrize(
    ("component", "attributes", "said"),
    [
        (InfluxBucket, {"name": "b", "retention": "thirty days"}, "retention"),
        (InfluxBucket, {"name": "_system"}, "begins with an underscore"),
        (WeatherStation, {**PLACE, "name": "x", "latitude": 91.0}, "latitude"),
        (BackupPlan, {"keep_daily": 0}, "keep_daily"),
        (BackupPlan, {"folders": "x"}, "folders"),
    ],
)
def test_what_cannot_be_is_refused_when_the_definitions_are_loaded(
    component: type[dg.Component], attributes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        built(component, **attributes)


def test_no_token_is_shown() -> None:
    given = {"url": "http://127.0.0.1:1", "org": "o", "token": "hidden-token"}
    made = InfluxBucket.from_attributes_dict(attributes={"name": "b", "server": given})
    job = dg.build_defs_for_component(made).resolve_implicit_global_asset_job_def()
    assert "hidden-token" not in repr(made)
    assert "hidden-token" not in repr(job.run_config_schema)


def test_a_bucket_of_somebody_else_is_left_alone_and_fails_the_check(
    influx: Influx, server_of: dict[str, str]
) -> None:
    influx.create_bucket("taken", retention_seconds=86_400)
    influx.create_bucket("others", retention_seconds=86_400)
    result = materialize(built(InfluxBucket, name="taken", retention="7d", server=server_of))
    assert failed_checks(result) == {"as_declared"}
    found = influx.find_bucket("taken")
    assert found is not None
    assert found.retention_seconds == 86_400

    adopted = built(InfluxBucket, name="taken", retention="7d", adopt=True, server=server_of)
    result = materialize(adopted)
    assert result.success
    assert failed_checks(result) == set()
    found = influx.find_bucket("taken")
    assert found is not None
    assert found.retention_seconds == 7 * 86_400
    assert {m.bucket_id for m in influx.dbrps() if not m.virtual} == {found.id}


def test_an_estate_is_applied_from_its_folder_and_again_when_a_file_changes(
    influx: Influx, server_of: dict[str, str], folder: Path
) -> None:
    (folder / "buckets.yaml").write_text("buckets: [{name: first}]\n")
    definitions = built(InfluxEstate, name="e", folder=str(folder), server=server_of)
    result = materialize(definitions)
    assert result.success
    assert failed_checks(result) == set()
    assert influx.find_bucket("first") is not None

    sensor = definitions.resolve_sensor_def("influx_estates_e_applied_when_changed")
    with dg.build_sensor_context() as context:
        asked = sensor(context)
    assert isinstance(asked, dg.SensorResult)
    with dg.build_sensor_context(cursor=asked.cursor) as context:
        assert isinstance(sensor(context), dg.SkipReason)
    (folder / "buckets.yaml").write_text("buckets: [{name: first}, {name: second}]\n")
    with dg.build_sensor_context(cursor=asked.cursor) as context:
        assert isinstance(sensor(context), dg.SensorResult)
    plan = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        asset_selection=[dg.AssetKey(["influx_estates", "e", "plan"])]
    )
    assert failed_checks(plan) == {"no_drift"}


def test_a_plan_copies_its_backups_and_restores_one_on_trial(
    influx: Influx, server_of: dict[str, str], tmp_path: Path
) -> None:
    influx.create_bucket("data", retention_seconds=0)
    influx.write([{"host": "a", "v": 1.5}], bucket="data", measurement="m", tags=["host"])
    (tmp_path / "copies").mkdir()
    plan = built(
        BackupPlan,
        folder=str(tmp_path / "backups"),
        kind="logical",
        copy_to=str(tmp_path / "copies"),
        restore_test=True,
        server=server_of,
    )
    result = materialize(plan)
    assert result.success
    assert failed_checks(result) == set()
    assert len(result.get_asset_materialization_events()) == 6
    assert list((tmp_path / "copies").iterdir())
