"""One backup, restore or retention at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from influx_pipelines.backups.errors import BackupBusy
from influx_pipelines.backups.exclusive import exclusively


def test_the_second_one_is_told_what_the_first_one_does(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    with (
        exclusively(folder, "a restore"),
        pytest.raises(BackupBusy, match=r"a restore.*try again later"),
        exclusively(folder, "a backup"),
    ):
        raise AssertionError("two at once")
    with exclusively(folder, "a backup"):
        pass


def test_a_lease_that_was_taken_away_meanwhile_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BackupBusy, match="is lost"), exclusively(tmp_path, "a backup") as held:
        next(tmp_path.glob(".lease*")).unlink()
        assert held.number == 1
