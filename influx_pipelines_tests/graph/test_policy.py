"""What every asset, schedule and sensor must have; who adds one is told here what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import dagster as dg
import pytest

from influx_pipelines.definitions import defs as load
from influx_pipelines.defs.policies import BY_HAND, FRESHNESS, RETRY

SNAPSHOT = Path(__file__).with_name("graph.json")
GROUPS = {
    *("server", "buckets", "hosts", "housekeeping", "transfer"),
    *("estate", "access", "alerts", "tasks", "ci", "quality", "weather", "backups"),
}


@pytest.fixture(scope="module")
def definitions() -> dg.Definitions:
    return load()


@pytest.fixture(scope="module")
def specs(definitions: dg.Definitions) -> list[dg.AssetSpec]:
    return list(definitions.resolve_all_asset_specs())


def test_every_asset_has_owner_kind_group_code_version_and_description(
    specs: list[dg.AssetSpec],
) -> None:
    assert specs
    for spec in specs:
        name = spec.key.to_user_string()
        assert spec.owners, name
        assert spec.kinds, name
        assert spec.group_name in GROUPS, name
        assert spec.code_version, name
        assert spec.description, name
        assert len(spec.description) > 40, name


def test_every_asset_has_an_asset_check_and_a_freshness_policy_unless_run_by_hand(
    definitions: dg.Definitions, specs: list[dg.AssetSpec]
) -> None:
    checked = {key.asset_key for key in definitions.resolve_asset_graph().asset_check_keys}
    for spec in specs:
        assert spec.key in checked, spec.key
        path = tuple(spec.key.path)
        assert (path in FRESHNESS) is (path not in BY_HAND), spec.key


def test_every_asset_retries_by_the_one_policy(definitions: dg.Definitions) -> None:
    for asset in definitions.resolve_asset_graph().assets_defs:
        assert asset.op.retry_policy == RETRY, asset.key


def test_every_asset_runs_by_a_schedule_or_a_sensor_unless_by_hand(
    definitions: dg.Definitions,
) -> None:
    graph = definitions.resolve_asset_graph()
    repository = definitions.get_repository_def()
    names = {schedule.job_name for schedule in repository.schedule_defs}
    names |= {target.job_name for s in repository.sensor_defs for target in s.targets}
    reached: set[dg.AssetKey] = set()
    for name in names:
        reached |= set(repository.get_job(name).asset_layer.selected_asset_keys)
    by_hand = {dg.AssetKey(path) for path in BY_HAND}
    assert set(graph.materializable_asset_keys) - by_hand <= reached
    assert not by_hand & reached


def test_schedules_and_sensors_say_what_they_do_and_start_stopped(
    definitions: dg.Definitions,
) -> None:
    repository = definitions.get_repository_def()
    for automation in (*repository.schedule_defs, *repository.sensor_defs):
        assert automation.description, automation.name
        assert "STOPPED" in automation.default_status.value, automation.name


def test_ranges_of_partitions_are_one_run(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    ranged = (
        ["influx", "dbrp_mappings"],
        ["influx", "bucket_profile"],
        ["transfer", "exports"],
        ["influx", "task_backfill"],
        ["weather", "history"],
    )
    for key in ranged:
        node = graph.get(dg.AssetKey(key))
        assert node.backfill_policy == dg.BackfillPolicy.single_run()


def test_the_graph_is_as_it_was_recorded(
    definitions: dg.Definitions, request: pytest.FixtureRequest
) -> None:
    """A change of keys, dependencies, checks or automation is seen in review: update graph.json."""
    graph = definitions.resolve_asset_graph()
    repository = definitions.get_repository_def()
    found = {
        "assets": {
            key.to_user_string(): {
                "depends_on": sorted(p.to_user_string() for p in graph.get(key).parent_keys),
                "checks": sorted(k.name for k in graph.asset_check_keys if k.asset_key == key),
                "partitioned": graph.get(key).partitions_def is not None,
            }
            for key in sorted(graph.materializable_asset_keys)
        },
        "schedules": {s.name: s.cron_schedule for s in repository.schedule_defs},
        "sensors": sorted(sensor.name for sensor in repository.sensor_defs),
    }
    assert found == json.loads(SNAPSHOT.read_text()), json.dumps(found, indent=1)
