"""Each asset check of the backups, passing and failing; and what their runs log and draw."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest

from influx_pipelines.backups.inventory import take_inventory
from influx_pipelines.backups.progress import Step
from influx_pipelines.backups.prune import plan
from influx_pipelines.backups.retention import Policy
from influx_pipelines.defs.backups import checks, report, retention
from influx_pipelines.defs.backups.progress import EVERY, logged
from influx_pipelines_tests.madebackups import NIGHT, made_backup, report_on

DAY = timedelta(days=1)


def test_a_backup_with_damages_is_not_good(tmp_path: Path) -> None:
    made = made_backup(tmp_path)
    assert checks.is_good(made.name, report_on(made)).passed
    result = checks.is_good(made.name, report_on(made, good=False))
    assert not result.passed
    assert "its SHA-256 is another one" in str(result.metadata["damages"].value)


def test_a_bucket_that_is_not_in_the_backup_is_named() -> None:
    assert checks.holds_every_bucket(["a", "_tasks"], ["a", "b"]).passed
    result = checks.holds_every_bucket(["a", "c"], ["a"])
    assert not result.passed
    assert "c" in str(result.metadata["missing"].value)


def test_a_backup_of_less_than_half_the_size_is_suspicious(tmp_path: Path) -> None:
    made_backup(tmp_path, content=bytes(100_000))
    made_backup(tmp_path, NIGHT + DAY, content=bytes(40_000))
    new, before = take_inventory(tmp_path).listed
    assert not checks.size_is_plausible(new, before).passed
    assert checks.size_is_plausible(before, new).passed
    assert checks.size_is_plausible(new, None).passed


def test_a_newest_good_backup_of_two_nights_ago_is_too_old(tmp_path: Path) -> None:
    made_backup(tmp_path)
    made_backup(tmp_path, NIGHT + DAY, good=False)
    made_backup(tmp_path, NIGHT + DAY, good=None)
    found = take_inventory(tmp_path)
    assert checks.last_good_is_recent(found, NIGHT + DAY).passed
    assert not checks.last_good_is_recent(found, NIGHT + 2 * DAY).passed
    assert not checks.last_good_is_recent(take_inventory(tmp_path / "none"), NIGHT).passed


def test_what_a_killed_run_left_is_named(tmp_path: Path) -> None:
    made_backup(tmp_path)
    assert checks.nothing_is_half(take_inventory(tmp_path)).passed
    (tmp_path / "backup-20260102T155900Z.partial").mkdir()
    assert not checks.nothing_is_half(take_inventory(tmp_path)).passed


def test_each_damage_is_named_with_backup_file_and_place(tmp_path: Path) -> None:
    made = made_backup(tmp_path)
    assert checks.no_damage({made.name: report_on(made)}).passed
    result = checks.no_damage({made.name: report_on(made, good=False)})
    assert not result.passed
    for part in (made.name, "data", "byte 3", "its SHA-256 is another one"):
        assert part in str(result.metadata["damages"].value)


def test_a_backup_without_digests_is_told() -> None:
    assert checks.has_digests({"a": True}).passed
    assert not checks.has_digests({"a": True, "b": False}).passed


def test_a_retention_that_removed_a_needed_one_fails_its_check(tmp_path: Path) -> None:
    made = [made_backup(tmp_path, NIGHT + n * DAY) for n in range(3)]
    before = take_inventory(tmp_path)
    for gone, passes in ((made[0], True), (made[1], False), (made[2], False)):
        hidden = gone.path.rename(tmp_path.parent / f"hidden-{gone.name}")
        assert retention.last_good_is_kept(before, take_inventory(tmp_path)).passed is passes
        hidden.rename(gone.path)


def test_what_the_policy_does_not_keep_fails_its_check_unless_nothing_was_to_go(
    tmp_path: Path,
) -> None:
    for n in range(4):
        made_backup(tmp_path, NIGHT + n * DAY)
    left = plan(tmp_path, Policy(1, 0, 0), NIGHT + 4 * DAY)
    assert left.decision.remove
    assert not retention.policy_holds(left, dry_run=False).passed
    assert retention.policy_holds(left, dry_run=True).passed


def test_metadata_has_tables_and_a_picture_of_sizes_and_durations(tmp_path: Path) -> None:
    for n in range(3):
        made_backup(tmp_path, NIGHT + n * DAY, kind="logical" if n else "native")
    found = take_inventory(tmp_path)
    told = report.backup_metadata(found.listed[0])
    assert (told["kind"], told["values"], told["seconds"]) == ("logical", 9, 3.0)
    listed = report.inventory_metadata(found)
    assert listed["last_good"] == found.listed[0].backup.name
    assert "data:image/png;base64," in listed["sizes_and_durations"].value
    read = report.verification_metadata({one.backup.name: one.report for one in found.listed})
    assert read["summary"] == "3 good, 0.0 MB read"


def test_the_log_has_a_line_a_step_of_little_work_and_few_of_much(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = logging.getLogger("backup")
    with caplog.at_level(logging.INFO):
        tell = logged(log)
        for n in range(1, 4):
            tell(Step(f"shard {n}", n, 3, 1_000_000))
    assert caplog.messages[-1] == "3/3 shard 3, 3.0 MB so far"
    assert len(caplog.messages) == 3
    caplog.clear()
    with caplog.at_level(logging.INFO):
        tell = logged(log)
        for n in range(1, 1001):
            tell(Step("shard", n, 1000))
    assert EVERY > 1
    assert [text.partition(" ")[0] for text in caplog.messages] == ["1/1000", "1000/1000"]
