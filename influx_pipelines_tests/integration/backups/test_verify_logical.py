"""A logical backup is looked at by the same function and command as a native one."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from influx_pipelines.backups.files import finished_or_gone
from influx_pipelines.backups.logical.take import take_logical
from influx_pipelines.backups.record import NAME
from influx_pipelines.backups.verify import verify
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.damages.damage import flipped

FLIPS = 5  # of each file


@pytest.fixture
def folder(influx: Influx, tmp_path: Path) -> Path:
    influx.create_bucket("v", retention_seconds=0)
    influx.write_lines(
        b"m,h=a f=1.5 1577836800000000001\nm,h=b f=2 1577836800000000001", bucket="v"
    )
    with finished_or_gone(tmp_path / "set") as partial:
        take_logical(influx, partial).save(partial)
    return tmp_path / "set"


def test_every_damage_of_every_file_is_found(folder: Path, tmp_path: Path) -> None:
    report = verify(folder)
    assert (report.kind, report.damages) == ("logical", ())
    source, copy = random.Random(1), tmp_path / "copy"
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert len(names) >= 3
    for name in names:
        good = (folder / name).read_bytes()
        bad = [flipped(good, source.randrange(len(good)), 2) for _ in range(FLIPS)]
        for content in (*bad, b"", good[:-1], good * 2, None):
            shutil.copytree(folder, copy)
            (copy / name).unlink()
            if content is not None:
                (copy / name).write_bytes(content)
            found = verify(copy)
            assert not found.good, f"{name}: {content!r}"
            shutil.rmtree(copy)


def test_a_lost_side_file_is_a_damage(folder: Path) -> None:
    (folder / NAME).unlink()
    assert any(str(damage).startswith(NAME) for damage in verify(folder).damages)
