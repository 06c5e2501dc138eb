"""What retention removes, and what is left when it is stopped."""

from __future__ import annotations

import errno
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from influx_pipelines.backups.alone import alone, alone_with_copies, alone_with_restores
from influx_pipelines.backups.errors import BackupBusy, BackupError, NotASet
from influx_pipelines.backups.files import save_whole
from influx_pipelines.backups.prune import plan, prune, remove_killed
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


@pytest.mark.parametrize("work", [alone, alone_with_copies, alone_with_restores])
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


def test_a_new_backup_removes_only_what_is_called_as_ours(tmp_path: Path) -> None:
    """All of `backup-*.partial` went: a folder that somebody had put aside, and half a fetch."""
    others = {"backup-of-ann.partial", "backup-20260104T155900Z.kept.partial", "holiday.partial"}
    ours = ("backup-20260104T155900Z", "backup-20260104T155900Z-2", "backup-20260105T155900Z")
    for name in (*others, *(f"{name}.partial" for name in ours)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data").touch()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "backup-20260106T155900Z.partial").symlink_to(elsewhere)
    remove_killed(tmp_path, tmp_path / f"{ours[2]}.partial")
    assert names(tmp_path) == {*others, f"{ours[2]}.partial", "elsewhere"}


def test_a_restore_keeps_no_backup_from_being_made_nor_another_restore_a_second_one(
    tmp_path: Path,
) -> None:
    """A restore of ten hours made the nightly backup fail: both held the same lease."""
    with alone_with_restores(tmp_path, "restore"):
        with alone(tmp_path, "backup"), alone_with_copies(tmp_path, "copying"):
            pass
        with (
            pytest.raises(BackupBusy, match="restore, process"),
            alone_with_restores(tmp_path, "restore test"),
        ):
            pass


def test_a_folder_that_is_none_is_named_with_its_setting(tmp_path: Path) -> None:
    """`Error /etc/passwd: File exists` told neither what was wrong nor what to do."""
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file/below", Path("/proc/backups")):
        with (
            pytest.raises(BackupError, match=r"is no folder .* INFLUX_PIPELINES_BACKUP_FOLDER"),
            alone(folder, "backup"),
        ):
            pass


def test_a_full_disk_is_told_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that fails knows no name: `Error a file: No space left on device`."""

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left .*/note'"):
        save_whole(tmp_path / "note", b"text")
    with pytest.raises(OSError, match=r"No space left .*/\.lease\.1'"), alone(tmp_path, "backup"):
        pass
    assert not list(tmp_path.iterdir())
