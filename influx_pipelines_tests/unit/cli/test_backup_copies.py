"""The commands of copies, without a server."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest
from pyrage import x25519
from typer.testing import CliRunner, Result

from influx_pipelines.backups.rereading import read_again
from influx_pipelines.backups.sets import open_set
from influx_pipelines.cli.backup import app
from influx_pipelines_tests.backups import sample
from influx_pipelines_tests.madebackups import made_backup


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = f"memory://{uuid4().hex}/copies"
    fsspec.filesystem("memory").makedirs(place)
    key = x25519.Identity.generate()
    (tmp_path / "key.txt").write_text(str(key))
    monkeypatch.setenv("INFLUX_PIPELINES_BACKUP_FOLDER", str(tmp_path / "backups"))
    monkeypatch.setenv("INFLUX_PIPELINES_BACKUP_COPY_TO", place)
    monkeypatch.setenv("INFLUX_PIPELINES_BACKUP_RECIPIENTS", str(key.to_public()))
    return tmp_path / "backups"


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_backup_is_sent_and_comes_back_good(folder: Path, tmp_path: Path) -> None:
    folder.mkdir()
    real = sample("2.9.1", folder)
    read_again(open_set(real))
    assert f"sent     {real.name}" in run("copy").output
    real.rename(tmp_path / "away")
    back = run("fetch", real.name, "--identity", tmp_path / "key.txt")
    assert back.exit_code == 0
    assert "good" in back.output
    assert (folder / real.name / "20261122T040219Z.manifest").exists()


def test_a_damaged_copy_is_named_and_is_a_failure(folder: Path, tmp_path: Path) -> None:
    backup = made_backup(folder)
    assert f"would be sent     {backup.name}" in run("copy", "--dry-run").output
    assert f"sent     {backup.name}" in run("copy").output
    whole = run("copies", "--check")
    assert (whole.exit_code, "whole" in whole.output) == (0, True)

    fs = fsspec.filesystem("memory")
    path = f"{os.environ['INFLUX_PIPELINES_BACKUP_COPY_TO']}/{backup.name}/data.age"
    content = fs.cat_file(path)
    fs.pipe_file(path, content[:-1] + b"?")
    assert run("copies").exit_code == 0
    damaged = run("copies", "--check")
    assert damaged.exit_code == 1
    assert f"{backup.name}/data.age: its SHA-256 is another one" in damaged.output
