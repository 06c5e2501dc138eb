"""The assets of the backups: taken, read again, listed, pruned; and what a damage does to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.backups.copies.found import find_copies
from influx_pipelines.backups.copies.remote import Remote
from influx_pipelines.backups.inventory import take_inventory
from influx_pipelines.backups.restore.trials import RestoreTest, RestoreTests
from influx_pipelines.backups.sets import sets_below
from influx_pipelines.defs.backups.assets import backup, inventory, verification
from influx_pipelines.defs.backups.copies import copies, copies_are_whole, last_good_is_copied
from influx_pipelines.defs.backups.restoring import (
    comes_back_equal,
    is_due,
    proof_is_recent,
    restore_test,
)
from influx_pipelines.defs.backups.retention import retention
from influx_pipelines.resources import InfluxDBResource
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.backups import sample
from influx_pipelines_tests.dagster.conftest import World
from influx_pipelines_tests.madebackups import made_backup
from influx_pipelines_tests.services.native import NativeServer

NOW = datetime.now(UTC)
ALL = (backup, verification, retention, inventory)


def checks(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {found.check_name: found.passed for found in result.get_asset_check_evaluations()}


def told(result: dg.ExecuteInProcessResult, node: str) -> dict[str, Any]:
    (event,) = result.asset_materializations_for_node(node)
    return {name: value.value for name, value in event.metadata.items()}


def reason(result: dg.ExecuteInProcessResult, node: str) -> str:
    failure = result.failure_data_for_node(node)
    assert failure is not None
    assert failure.user_failure_data is not None
    return failure.user_failure_data.description or ""


def fill(world: World) -> None:
    world.bucket("telemetry", 0)
    rows = [
        {"host": h, "v": float(n), "time": NOW - timedelta(hours=n)} for h in "xy" for n in (1, 2)
    ]
    world.client.write(rows, bucket="telemetry", measurement="m", tags=["host"])


@pytest.fixture
def backups(home: Path) -> Path:
    return home / "backups"


def test_a_run_takes_verifies_prunes_and_lists(world: World, backups: Path) -> None:
    fill(world)
    result = world.run(*ALL)
    assert result.success
    names = ["is_good", "holds_every_bucket", "size_is_plausible", "no_damage", "has_digests"]
    names += ["last_good_is_kept", "policy_holds", "last_good_is_recent", "nothing_is_half"]
    assert checks(result) == dict.fromkeys(names, True)
    (made,) = sets_below(backups)
    found = told(result, "backups__backup")
    assert (found["name"], found["kind"], found["values"]) == (made.name, "logical", 4)
    assert "the embedded server gives no native backups" in str(found["notes"])
    assert told(result, "backups__verification")["summary"].startswith("1 good")
    assert told(result, "backups__inventory")["last_good"] == made.name
    assert world.client.transport.token not in (made.path / "backup.json").read_text()
    log = [entry.user_message for entry in world.instance.all_logs(result.run_id)]
    assert any(re.fullmatch(r"\d+/\d+ telemetry to .* MB so far", line) for line in log)


def test_a_second_backup_within_the_day_is_kept_until_a_later_one_is_good(
    world: World, backups: Path
) -> None:
    """Materialize all is safe at any time, and does not fill the disk."""
    for _ in range(3):
        assert world.run(backup, verification, retention).success
    names = [one.name for one in sets_below(backups)]
    assert len(names) == 2, "the newest, and the good full one before it"


def test_a_damage_fails_the_verification_which_names_backup_and_file(
    world: World, backups: Path
) -> None:
    fill(world)
    assert world.run(backup).success
    (made,) = sets_below(backups)
    (file,) = (made.path / "data").rglob("*.gz")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    result = world.run(verification, retention)
    assert not result.success
    assert result.asset_materializations_for_node("backups__verification") == []
    assert checks(result)["no_damage"] is False
    said = reason(result, "backups__verification")
    assert made.name in said
    assert file.name in said
    assert not result.asset_materializations_for_node("backups__retention")
    assert made.path.exists()
    assert checks(world.run(inventory))["last_good_is_recent"] is False


def test_without_a_backup_the_verification_says_how_to_take_one(world: World) -> None:
    result = world.run(verification)
    assert "influx-pipelines backup take" in reason(result, "backups__verification")


def test_retention_keeps_the_policy_and_the_last_good_one(
    world: World, backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("DAILY", "WEEKLY", "MONTHLY"):
        monkeypatch.setenv(f"INFLUX_PIPELINES_BACKUP_KEEP_{variable}", "1")
    made = [made_backup(backups, NOW - timedelta(days=40 + n), good=n >= 3) for n in range(6)]
    dry = world.run(
        retention, config={"ops": {"backups__retention": {"config": {"dry_run": True}}}}
    )
    assert len(sets_below(backups)) == 6
    assert "would go" in told(dry, "backups__retention")["summary"]
    result = world.run(retention)
    assert result.success
    assert checks(result) == {"last_good_is_kept": True, "policy_holds": True}
    kept = {one.name for one in sets_below(backups)}
    assert made[3].name in kept, "the newest good one"
    assert made[4].name in kept, "a second full one"
    assert made[5].name not in kept


@pytest.fixture
def native(world: World, server: Connection, tmp_path: Path) -> Iterator[NativeServer]:
    """A native server before the embedded one, that the assets speak to."""
    with NativeServer(sample("2.9.1", tmp_path), behind=server.url, token=server.token) as fake:
        world.resource = InfluxDBResource(
            url=fake.url, token=server.token, org=world.client.org, retry_seconds=0.2
        )
        yield fake


def test_native_backups_link_what_did_not_change_and_every_so_many_is_full(
    world: World, backups: Path, native: NativeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUX_PIPELINES_BACKUP_FULL_EVERY", "2")
    native.now = NOW
    for _ in range(3):
        result = world.run(backup, verification)
        assert result.success
        assert told(result, "backups__backup")["kind"] == "native"
    assert [one.full for one in sets_below(backups)] == [True, False, True]


def test_a_token_without_rights_gives_a_logical_backup_that_says_so_unless_it_was_set_for_backups(
    world: World, backups: Path, native: NativeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    native.token = "another"
    native.lacking[world.resource.token] = "write:authorizations"
    result = world.run(backup)
    assert "the token is not an operator's" in str(told(result, "backups__backup")["notes"])
    monkeypatch.setenv("INFLUXDB_BACKUP_TOKEN", "set")
    result = world.run(backup)
    assert not result.success
    assert "needs every right of an operator token" in reason(result, "backups__backup")


def test_without_a_place_nothing_is_copied_and_with_one_what_is_good_is_there(
    world: World, backups: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_backup(backups, NOW, kind="logical")
    result = world.run(copies)
    assert told(result, "backups__copies")["summary"].startswith("no place is set")
    assert all(checks(result).values())
    place = tmp_path / "elsewhere"
    place.mkdir()
    monkeypatch.setenv("INFLUX_PIPELINES_BACKUP_COPY_TO", f"file://{place}")
    result = world.run(copies)
    assert checks(result) == {"copies_are_whole": True, "last_good_is_copied": True}
    (file,) = place.glob("*/data")
    file.unlink()
    there = find_copies(Remote(f"file://{place}"))
    assert not copies_are_whole(there).passed
    assert not last_good_is_copied(take_inventory(backups), there).passed


def test_a_bucket_is_restored_on_trial_and_gone_again_and_the_proof_has_a_date(
    world: World, backups: Path
) -> None:
    world.bucket("empty", 0)  # it comes first by name, and would prove little
    fill(world)
    before = {bucket.name for bucket in world.client.buckets()}
    result = world.run(backup, restore_test)
    assert result.success
    found = told(result, "backups__restore_test")
    assert (found["bucket"], found["values"]) == ("telemetry", 4)
    assert abs(found["proven"] - datetime.now(UTC).timestamp()) < 60
    assert checks(result)["comes_back_equal"]
    assert {bucket.name for bucket in world.client.buckets()} == before
    again = told(world.run(restore_test), "backups__restore_test")
    assert again["proven"] == found["proven"], "not due again"


def test_a_restore_that_differs_fails_and_an_old_proof_fails_its_check(
    world: World, backups: Path
) -> None:
    proof = RestoreTest(
        at=NOW - timedelta(days=3), backup="b", kind="logical", org="o", bucket="telemetry"
    )
    assert not is_due(RestoreTests(tests=(proof.model_copy(update={"at": NOW}),)), NOW)
    differs = proof.model_copy(update={"at": NOW, "differences": ("m v: 3 values in place of 4",)})
    tests = RestoreTests(tests=(proof, differs))
    assert is_due(tests, NOW)
    assert not comes_back_equal(tests).passed
    assert not proof_is_recent(tests, NOW).passed
    assert proof_is_recent(tests, NOW - timedelta(days=2)).passed
    made_backup(backups, NOW, kind="logical")  # its report says good, its files do not
    result = world.run(restore_test)
    assert not result.success
    assert "Nothing was sent" in reason(result, "backups__restore_test")
