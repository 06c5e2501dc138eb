"""What a folder of backups holds, and which of them the next one may link."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from influx_pipelines.backups.inventory import take_inventory
from influx_pipelines.backups.previous import previous_of
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
    found = previous_of(take_inventory(tmp_path).listed, URL, full_every=7)
    assert (found and found.name) == (None if links is None else made[links].name)
