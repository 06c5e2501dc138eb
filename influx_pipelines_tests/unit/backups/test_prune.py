"""What retention removes, and what is left when it is stopped."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from influx_pipelines.backups.alone import alone, alone_with_copies
from influx_pipelines.backups.errors import BackupBusy, BackupError, NotASet
from influx_pipelines.backups.prune import plan, prune
from influx_pipelines.backups.retention import Policy
from influx_pipelines.backups.sets import BackupSet, open_set, sets_below
from influx_pipelines_tests.madebackups import NIGHT, made_backup

POLICY = Policy(2, 0, 0)
NOW = NIGHT + timedelta(days=5)


@pytest.fixture
def nights(tmp_path: Path) -> list[BackupSet]:
    """Four good ones, the newest first."""
    for day in range(4):
        made_backup(tmp_path, NIGHT + timedelta(days=day), full=day != 1)
    return sets_below(tmp_path)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith(".lease")}


def test_a_plan_changes_nothing_and_doing_it_removes_just_that(
    tmp_path: Path, nights: list[BackupSet]
) -> None:
    before = names(tmp_path)
    planned = plan(tmp_path, POLICY, NOW)
    assert planned.decision.remove == (nights[3].name, nights[2].name)
    assert names(tmp_path) == before
    done = prune(tmp_path, POLICY, NOW)
    assert (done.decision, done.done) == (planned.decision, True)
    assert names(tmp_path) == {nights[0].name, nights[1].name}
    assert prune(tmp_path, POLICY, NOW).decision.remove == ()


def test_a_report_decides_what_is_good_and_a_missing_one_what_is_not(tmp_path: Path) -> None:
    only_good = made_backup(tmp_path, NIGHT)
    made_backup(tmp_path, NIGHT + timedelta(days=1), good=None)
    for day in (2, 3, 4):
        made_backup(tmp_path, NIGHT + timedelta(days=day), good=False)
    decision = prune(tmp_path, Policy(1, 0, 0), NOW).decision
    assert decision.keep[only_good.name][:1] == ("last good",)
    assert len(decision.keep) == 2


def test_files_that_are_linked_elsewhere_stay_there(tmp_path: Path) -> None:
    old, _, new = (made_backup(tmp_path, NIGHT + timedelta(days=day)) for day in range(3))
    (new.path / "data").unlink()
    os.link(old.path / "data", new.path / "data")
    assert old.name in prune(tmp_path, POLICY, NOW).decision.remove
    assert (new.path / "data").read_bytes() == b"points"


def test_a_backup_that_is_half_removed_is_never_taken_for_one(
    tmp_path: Path, nights: list[BackupSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        prune(tmp_path, POLICY, NOW)
    monkeypatch.undo()
    left = tmp_path / f"{nights[3].name}.removed.partial"
    assert (left / "backup.json").exists()
    with pytest.raises(NotASet):
        open_set(left)
    assert [one.name for one in sets_below(tmp_path)] == [one.name for one in nights[:3]]
    assert prune(tmp_path, POLICY, NOW).abandoned == (left.name,)
    assert names(tmp_path) == {nights[0].name, nights[1].name}


def test_what_killed_backups_left_goes_after_a_day_and_nothing_else(tmp_path: Path) -> None:
    """A killed one may be gone on with; what has another name is not ours."""
    for name in ("backup-20260104T155900Z", "backup-20260106T090000Z", "backup-20269999T000000Z"):
        (tmp_path / f"{name}.partial").mkdir()
    (tmp_path / "holiday.partial").mkdir()
    assert prune(tmp_path, POLICY, NOW).abandoned == ("backup-20260104T155900Z.partial",)
    assert len(names(tmp_path)) == 3


@pytest.mark.parametrize("work", [alone, alone_with_copies])
def test_nothing_is_removed_while_somebody_is_at_work(
    tmp_path: Path, nights: list[BackupSet], work: object
) -> None:
    with work(tmp_path, "backup"), pytest.raises(BackupBusy, match="backup, process"):  # type: ignore[operator]
        prune(tmp_path, POLICY, NOW)
    assert len(sets_below(tmp_path)) == 4


def test_one_that_cannot_be_removed_is_named_and_the_others_go(
    tmp_path: Path, nights: list[BackupSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.rmtree

    def refuses(path: Path) -> None:
        if path.name.startswith(nights[3].name):
            raise PermissionError(13, "Permission denied", str(path / "data"))
        real(path)

    monkeypatch.setattr(shutil, "rmtree", refuses)
    with pytest.raises(BackupError, match=r"removed\.partial/data: Permission denied"):
        prune(tmp_path, POLICY, NOW)
    assert [one.name for one in sets_below(tmp_path)] == [one.name for one in nights[:2]]


def test_of_a_link_to_a_backup_only_the_link_goes(tmp_path: Path, nights: list[BackupSet]) -> None:
    elsewhere = tmp_path.with_name("elsewhere")
    nights[3].path.rename(elsewhere)
    nights[3].path.symlink_to(elsewhere)
    assert prune(tmp_path, POLICY, NOW).decision.remove[0] == nights[3].name
    assert not nights[3].path.is_symlink()
    assert (elsewhere / "data").exists()
