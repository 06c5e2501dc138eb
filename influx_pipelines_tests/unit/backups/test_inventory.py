"""What a folder of backups holds, and which of them the next one may link."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from influx_pipelines.backups.inventory import take_inventory
from influx_pipelines.backups.previous import previous_of
from influx_pipelines.backups.rereading import due
from influx_pipelines.backups.restore.drill import newest_good
from influx_pipelines.backups.sets import sets_below
from influx_pipelines_tests.madebackups import NIGHT, URL, made_backup


def test_a_row_tells_what_a_backup_holds_and_whether_it_is_good(tmp_path: Path) -> None:
    for night, good in enumerate((True, False, None)):
        made_backup(tmp_path, NIGHT + timedelta(days=night), good=good)
    (tmp_path / "backup-x.partial").mkdir()
    (tmp_path / "notes").mkdir()
    found = take_inventory(tmp_path)
    assert [row["state"] for row in found.rows()] == ["not verified", "damaged: 1", "good"]
    assert (found.rows()[2]["values"], found.rows()[2]["seconds"]) == (9, 3.0)
    assert found.last_good is not None
    assert found.last_good.backup.started == NIGHT
    assert found.unfinished == ("backup-x.partial",)


def test_a_report_on_another_state_of_the_backup_does_not_count(tmp_path: Path) -> None:
    made = made_backup(tmp_path)
    side_file = made.path / "backup.json"
    side_file.write_bytes(side_file.read_bytes() + b"\n")
    assert take_inventory(tmp_path).rows()[0]["state"] == "not verified"


def test_a_file_that_backups_share_takes_its_place_once(tmp_path: Path) -> None:
    first = made_backup(tmp_path, content=bytes(10_000))
    before = take_inventory(tmp_path).bytes
    second = made_backup(tmp_path, NIGHT + timedelta(days=1), content=bytes(10_000))
    (second.path / "data").unlink()
    os.link(first.path / "data", second.path / "data")
    found = take_inventory(tmp_path)
    assert found.bytes - before < 5_000
    assert found.listed[0].bytes > 10_000


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    found = take_inventory(tmp_path / "nowhere")
    assert (found.rows(), found.last_good, found.bytes) == ([], None, 0)


@pytest.mark.parametrize(
    ("history", "links"),
    [
        ("", None),
        ("F", 0),
        ("Fii", 2),
        ("Fiiiiii", None),  # six follow a full one
        ("FiiiiiiF", 7),
        ("Fi?", 1),  # nobody verified the last one
        ("Fix", 1),  # the last one is damaged
        ("xii", None),  # the full one is damaged
        ("Fio", 1),  # the last one is of another server
        ("Fil", 1),  # the last one is a logical one
    ],
)
def test_every_seventh_is_full_and_only_good_ones_of_the_same_server_are_linked(
    tmp_path: Path, history: str, links: int | None
) -> None:
    made = [
        made_backup(
            tmp_path,
            NIGHT + timedelta(days=night),
            good={"x": False, "?": None}.get(mark, True),
            full=mark in "Fx",
            url="http://other:8086" if mark == "o" else URL,
            kind="logical" if mark == "l" else "native",
        )
        for night, mark in enumerate(history)
    ]
    now = NIGHT + timedelta(days=9)
    found = previous_of(take_inventory(tmp_path).listed, URL, full_every=7, now=now)
    assert (found and found.name) == (None if links is None else made[links].name)


def test_one_ahead_of_the_clock_is_not_linked_nor_read_or_tried_in_place_of_tonights(
    tmp_path: Path,
) -> None:
    """Taken while the clock was wrong it was the newest for years: no file of the server was
    younger, so that all shards looked unchanged, and no later backup was read or tried again.
    """
    tonight = datetime.now(UTC) - timedelta(minutes=1)
    other = made_backup(tmp_path, tonight - timedelta(days=1))
    made = made_backup(tmp_path, tonight)
    ahead = made_backup(tmp_path, tonight + timedelta(days=900))
    listed, now = take_inventory(tmp_path).listed, datetime.now(UTC)
    assert [one.backup.name for one in listed] == [ahead.name, made.name, other.name]
    linked = previous_of(listed, URL, full_every=7, now=now)
    assert linked is not None
    assert linked.name == newest_good(tmp_path, now).name == due(tmp_path)[0].name == made.name


def test_a_link_to_a_backup_of_the_folder_is_not_a_second_one(tmp_path: Path) -> None:
    """`latest` counted as a good full one of its own, and the backup itself could go for it."""
    made = made_backup(tmp_path / "backups")
    elsewhere = made_backup(tmp_path / "other", NIGHT + timedelta(days=1))
    (tmp_path / "backups/latest").symlink_to(made.path)
    (tmp_path / "backups/itself").symlink_to(tmp_path / "backups/itself")
    (tmp_path / "backups/moved").symlink_to(elsewhere.path)
    names = [one.name for one in sets_below(tmp_path / "backups")]
    assert names == ["moved", made.name]
