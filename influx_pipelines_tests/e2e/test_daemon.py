"""Through a real daemon: buckets appear and change, and everything follows without a click."""

from __future__ import annotations

import pytest

from influx_pipelines_tests.e2e.conftest import Up, wait_for

pytestmark = pytest.mark.timeout(400)

PARTITIONS = """
query($path: AssetKeyInput!) {
  assetNodeOrError(assetKey: $path) {
    ... on AssetNode { partitionKeys partitionStats { numMaterialized } }
  }
}
"""
EVENTS = """
query($path: AssetKeyInput!, $keys: [String!]) {
  assetOrError(assetKey: $path) {
    ... on Asset { assetMaterializations(partitions: $keys, limit: 1) { partition } }
  }
}
"""


def partitions(up: Up) -> list[str]:
    found = up.graphql(PARTITIONS, path={"path": ["influx", "bucket_profile"]})
    return list(found["assetNodeOrError"].get("partitionKeys", []))


def has(up: Up, asset: str, partition: str) -> bool:
    found = up.graphql(EVENTS, path={"path": ["influx", asset]}, keys=[partition])
    return bool(found["assetOrError"].get("assetMaterializations"))


def is_complete(up: Up, name: str) -> bool:
    """Partition, mapping and profile of a bucket exist."""
    with up.client() as client:
        mapped = {m.database for m in client.dbrps() if not m.virtual}
    return (
        name in mapped
        and name in partitions(up)
        and has(up, "dbrp_mappings", name)
        and has(up, "bucket_profile", name)
    )


def test_a_new_bucket_gets_everything_within_90_seconds_and_a_rename_follows(up: Up) -> None:
    with up.client() as client:
        made = client.create_bucket("made_by_hand", retention_seconds=604_800)
        wait_for(lambda: is_complete(up, "made_by_hand"), 90)
        client.update_bucket(made.id, name="renamed")
        wait_for(lambda: is_complete(up, "renamed"), 90)
        wait_for(lambda: "made_by_hand" not in partitions(up), 120)
        databases = {m.database for m in client.dbrps() if not m.virtual}
    assert "made_by_hand" not in databases


def test_the_sampler_writes_without_a_run(up: Up) -> None:
    wait_for(lambda: up.samples() >= 3, 90)


def test_a_changed_declaration_is_applied_by_itself(up: Up) -> None:
    file = up.project.folder / "estate" / "more.yaml"
    file.write_text("buckets:\n  - name: declared_later\n    retention: 2d\n")

    def made() -> bool:
        with up.client() as client:
            found = client.find_bucket("declared_later")
            return found is not None and found.retention_seconds == 172_800

    wait_for(made, 90)


def test_the_orchestrator_is_seen_in_the_database_it_looks_after(up: Up) -> None:
    """Ticks and heartbeats are there only with a daemon; a new Dagster may tell them otherwise."""
    wait_for(lambda: up.samples() >= 1, 90)
    assert up.materialize("hosts", "metrics") == "SUCCESS"
    assert up.materialize("ci", "dagster_runs") == "SUCCESS"
    with up.client() as client:
        found = {
            name: client.read("dagster", name, start="-1h").rows()
            for name in ("dagster_run", "dagster_step", "dagster_tick", "dagster_daemon")
        }
    assert "hosts/metrics" in {row["asset"] for row in found["dagster_step"]}
    assert "new_bucket" in {row["automation"] for row in found["dagster_tick"]}
    assert all(row["healthy"] for row in found["dagster_daemon"])
    assert all(found.values())
