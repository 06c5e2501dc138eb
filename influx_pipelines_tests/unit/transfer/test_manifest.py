"""The manifest of an export: read back as written, refused when it is something else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from influx_pipelines.transfer import manifest as manifests
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.manifest import (
    Column,
    ExportedFile,
    ExportedWindow,
    Manifest,
    Schema,
    damage,
    digest,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SCHEMA = Schema(
    measurement="m", columns=(Column(column="v_field", name="v", role="field", type="float"),)
)


def made(folder: Path, path: str = "m/a.csv", index: int = 0) -> Manifest:
    (folder / "m").mkdir(exist_ok=True)
    (folder / "m/a.csv").write_text("v\n1\n")
    file = ExportedFile(
        path=path,
        schema_index=index,
        rows=1,
        values=1,
        bytes=4,
        sha256=digest(folder / "m/a.csv"),
    )
    return Manifest(
        url="http://x",
        org="o",
        bucket="b",
        bucket_id="1",
        arguments={"format": "csv", "measurements": []},
        start=NOON,
        stop=NOON,
        next_start=NOON,
        schemas=[SCHEMA],
        windows=[ExportedWindow(start=NOON, stop=NOON, files=(file,))],
    )


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path) -> None:
    manifest = made(tmp_path)
    manifest.save(tmp_path)
    assert manifests.load(tmp_path) == manifest
    assert manifests.load(tmp_path / "m") is None


@pytest.mark.parametrize("path", ["../a.csv", "/etc/passwd", "m/../../a", ""])
def test_a_manifest_never_leads_out_of_its_folder(tmp_path: Path, path: str) -> None:
    made(tmp_path, path).save(tmp_path)
    with pytest.raises(TransferError, match="no file of it"):
        manifests.load(tmp_path)


def test_a_file_without_a_schema_is_refused(tmp_path: Path) -> None:
    made(tmp_path, index=1).save(tmp_path)
    with pytest.raises(TransferError, match="no file of it"):
        manifests.load(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2}', '{"version": 1}'])
def test_something_else_is_named_as_such(tmp_path: Path, text: str) -> None:
    (tmp_path / manifests.NAME).write_text(text)
    with pytest.raises(TransferError, match="no manifest of an export"):
        manifests.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "says"), [("v\n1\n", ""), ("v\n2\n", "SHA-256"), ("v\n", "2 bytes"), (None, "missing")]
)
def test_damage_is_told(tmp_path: Path, text: str | None, says: str) -> None:
    (file,) = made(tmp_path).windows[0].files
    if text is None:
        (tmp_path / file.path).unlink()
    else:
        (tmp_path / file.path).write_text(text)
    found = damage(tmp_path, file)
    assert says in found
    assert bool(found) is bool(says)
