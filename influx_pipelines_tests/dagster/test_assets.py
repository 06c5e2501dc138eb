"""Each asset by itself, and each of its asset checks passing and failing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from influx_pipelines.defs.buckets import assets as bucket_assets
from influx_pipelines.defs.buckets import checks as bucket_checks
from influx_pipelines.defs.buckets.automation import estate_changed
from influx_pipelines.defs.hosts import assets as host_assets
from influx_pipelines.defs.hosts import checks as host_checks
from influx_pipelines.defs.housekeeping import assets as housekeeping_assets
from influx_pipelines.defs.housekeeping.prune import Pruned, prune_runs
from influx_pipelines.defs.server import assets as server_assets
from influx_pipelines.resources import InfluxDBResource
from influx_pipelines.server.connection import Connection
from influx_pipelines.sources.host import HostSampler, Sample
from influx_pipelines_tests.dagster.conftest import World

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {found.check_name: found.passed for found in result.get_asset_check_evaluations()}


def failure(result: dg.ExecuteInProcessResult, node: str) -> str:
    found = result.failure_data_for_node(node)
    assert found is not None
    assert found.user_failure_data is not None
    return found.user_failure_data.description or ""


# ------------------------------------------------------------------ influx/server


def test_the_server_asset_tells_version_kind_health_and_rights(world: World) -> None:
    result = world.run(server_assets.server)
    assert result.success
    assert checks(result) == {"healthy": True, "token_rights": True}
    metadata = result.asset_materializations_for_node("influx__server")[0].metadata
    assert metadata["health"].value == "pass"
    assert metadata["address"].value == world.client.url


def test_a_narrow_token_fails_the_check_of_its_rights(world: World, server: Connection) -> None:
    org_id = world.client.org_id
    right = {"action": "write", "resource": {"type": "buckets", "orgID": org_id}}
    body = {"orgID": org_id, "permissions": [right]}
    made = world.client.request("POST", "/api/v2/authorizations", json=body)
    url = f"/api/v2/authorizations/{made['id']}"
    world.client.request("PATCH", url, json={"status": "inactive"})
    world.resource = InfluxDBResource(url=server.url, token=made["token"], org=world.client.org)
    result = world.run(server_assets.server)
    assert checks(result)["token_rights"] is False


def test_a_server_that_is_not_there_is_a_sentence(world: World) -> None:
    resource = InfluxDBResource(url="http://127.0.0.1:9", token="t", org="o", retry_seconds=0.2)
    with pytest.raises(dg.Failure, match=r"127\.0\.0\.1:9") as caught, resource.client() as client:
        client.buckets()
    assert caught.value.allow_retries


def test_a_server_that_says_it_is_not_well_fails_the_blocking_check() -> None:
    assert server_assets.HEALTHY.blocking
    found = server_assets.judge_health("fail", (2, 9), "2.9.1")
    assert not found.passed
    assert not server_assets.judge_health("pass", (2, 0), "2.0.9").passed
    assert server_assets.judge_health("pass", (2, 1), "2.1.0").passed


# ------------------------------------------------------------------ influx/buckets


def test_the_declared_buckets_are_made_and_checked(world: World) -> None:
    world.declare("buckets:\n  - name: a\n    retention: 7d\n")
    first = world.run(bucket_assets.buckets)
    assert checks(first) == {"as_declared": True}
    second = world.run(bucket_assets.buckets)
    metadata = second.asset_materializations_for_node("influx__buckets")[0].metadata
    assert metadata["summary"].value == "nothing to change"


def test_a_conflict_fails_the_blocking_check_and_names_adopt(world: World) -> None:
    world.bucket("a", 86_400)
    world.declare("buckets:\n  - name: a\n    retention: 7d\n")
    result = world.run(bucket_assets.buckets)
    assert all(spec.blocking for spec in bucket_assets.buckets.check_specs)
    (found,) = result.get_asset_check_evaluations()
    assert not found.passed
    assert "adopt: true" in str(found.metadata["left_to_do"].value)


def test_an_undeclared_bucket_of_ours_is_named_and_left(world: World) -> None:
    world.declare("buckets:\n  - name: a\n")
    world.run(bucket_assets.buckets)
    world.declare("buckets: []\n")
    result = world.run(bucket_assets.buckets)
    metadata = result.asset_materializations_for_node("influx__buckets")[0].metadata
    assert "undeclared" in str(metadata["found"].value)
    assert world.client.find_bucket("a") is not None


def test_a_broken_declaration_fails_the_asset_and_sends_nothing(world: World) -> None:
    world.declare("buckets:\n  - name: a\n    keep: 1h\n  - name: _b\n")
    result = world.run(bucket_assets.buckets)
    text = failure(result, "influx__buckets")
    assert "estate/buckets.yaml:3:5" in text
    assert "estate/buckets.yaml:4:5" in text
    assert world.client.find_bucket("a") is None


def test_changed_files_ask_for_an_apply_once(world: World) -> None:
    def tick(cursor: str | None) -> dg.SensorResult | dg.SkipReason:
        context = dg.build_sensor_context(
            instance=world.instance, cursor=cursor, resources={"estate": world.estate}
        )
        return estate_changed(context)

    first = tick(None)
    assert isinstance(first, dg.SensorResult)
    assert isinstance(tick(first.cursor), dg.SkipReason)
    world.declare("buckets:\n  - name: a\n")
    second = tick(first.cursor)
    assert isinstance(second, dg.SensorResult)
    world.declare("buckets: []\n")
    third = tick(second.cursor)
    assert isinstance(third, dg.SensorResult)
    keys = [(r.run_requests or [])[0].run_key for r in (first, second, third)]
    assert len(set(keys)) == 3, "a file that was changed back is a change too"


# ------------------------------------------------------------------ per bucket


def test_the_profile_tells_what_is_in_a_bucket(world: World) -> None:
    world.bucket("a", 0)
    now = datetime.now(UTC)
    rows = [
        {"host": h, "v": 1.0, "time": now - timedelta(minutes=m)} for h in "xy" for m in range(5)
    ]
    world.client.write(rows, bucket="a", measurement="m", tags=["host"])
    world.settle()
    key = dg.AssetKey(["influx", "bucket_profile"])
    record = world.instance.fetch_materializations(key, limit=1).records[0]
    event = record.asset_materialization
    assert event is not None
    metadata = {name: value.value for name, value in event.metadata.items()}
    assert (metadata["measurements"], metadata["series"]) == (1, 2)
    assert metadata["points_last_day"] == 10
    assert "data:image/png;base64," in metadata["points_per_hour"]
    assert event.partition == "a"


def test_a_bucket_that_is_not_mapped_fails_the_check() -> None:
    row = {"kind": "dbrp_mapping", "name": "a", "action": "create", "what": "", "loses": ""}
    assert bucket_checks.all_mapped([]).passed
    assert not bucket_checks.all_mapped([row]).passed


def test_partitions_without_a_bucket_fail_the_check() -> None:
    assert bucket_checks.partitions_have_buckets(["a", "b"], {"a", "b"}).passed
    assert not bucket_checks.partitions_have_buckets(list("abcdef"), {"a"}).passed


# ------------------------------------------------------------------ hosts/metrics


def test_host_metrics_are_written_checked_and_drawn(world: World) -> None:
    world.bucket("monitoring")
    result = world.run(host_assets.metrics)
    assert result.success
    assert checks(result) == {"complete": True}
    metadata = result.asset_materializations_for_node("hosts__metrics")[0].metadata
    assert "data:image/png;base64," in str(metadata["cpu_usage_idle"].value)
    assert int(str(metadata["points"].value)) > 5


def test_a_repeat_meets_no_type_conflict(world: World) -> None:
    world.bucket("monitoring")
    for _ in range(2):
        assert world.run(host_assets.metrics).success


def test_a_measurement_that_cannot_be_read_fails_the_check() -> None:
    sample = Sample("here", NOW, rows={"cpu": [{}]}, failed={"mem": "no"})
    assert not host_checks.complete(sample).passed
    assert host_checks.complete(HostSampler("here").sample()).passed


# ------------------------------------------------------------------ housekeeping


def test_housekeeping_keeps_the_last_good_run_of_each_asset(
    world: World,
) -> None:
    """Pruning by age alone made assets look as if they had never been made."""
    world.declare("buckets: []\n")
    first = world.run(bucket_assets.buckets)
    second = world.run(bucket_assets.buckets)
    later = datetime.now(UTC) + timedelta(days=1)
    pruned = prune_runs(world.instance, later)
    assert (pruned.deleted, pruned.kept_old) == (1, 1)
    assert world.instance.get_run_by_id(first.run_id) is None
    assert world.instance.get_run_by_id(second.run_id) is not None


def test_the_history_asset_tells_what_it_did(world: World) -> None:
    result = world.run(housekeeping_assets.run_history)
    assert result.success
    assert checks(result) == {"history_is_bounded": True}


def test_old_runs_that_are_left_fail_the_check() -> None:
    assert not housekeeping_assets.bounded(Pruned(2_000, 0, 5), NOW).passed


def test_no_server_at_all_says_what_to_do(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.delenv("INFLUXDB_URL", raising=False)
    with pytest.raises(dg.Failure, match="make up") as caught:
        InfluxDBResource().connection()
    assert not caught.value.allow_retries
