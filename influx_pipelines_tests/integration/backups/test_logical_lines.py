"""Any valid line protocol survives a logical backup and its restore, to the last bit and letter."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influx_pipelines.backups.logical.restore import restore_bucket
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.backups.verify.logical import verify_logical
from influx_pipelines.embedded import lineprotocol
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.integration.backups.test_logical import lines as lines_of
from influx_pipelines_tests.linewriter import Line, lines
from influx_pipelines_tests.logical import taken


def told(found: BackupSet, bucket: str) -> dict[Any, Any]:
    """Values by series, field and time, as another reader of line protocol has them."""
    points, errors = lineprotocol.read(b"".join(lines_of(found, bucket)), 1, 0)
    assert errors == []
    return {
        (point.key.measurement, point.key.tags, name, point.time): (kind, repr(value))
        for point in points
        for name, kind, value in point.fields
    }


@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(written=st.lists(lines(), min_size=15, max_size=25, unique_by=lambda line: line.measurement))
def test_any_line_comes_back_as_it_was(influx: Influx, tmp_path: Path, written: list[Line]) -> None:
    name = f"b{secrets.token_hex(6)}"
    bucket = influx.create_bucket(name, retention_seconds=0)
    influx.write_lines("\n".join(line.text for line in written).encode(), bucket=name)
    first = taken(influx, tmp_path / f"{name}-first")
    assert told(first, name) == {
        (line.measurement, tuple(sorted(line.tags.items())), field, line.time): (kind, repr(value))
        for line in written
        for field, (kind, value) in line.fields.items()
    }
    assert verify_logical(first.path).damages == ()
    assert restore_bucket(influx, first, name, as_name="back").differences == ()
    back = influx.find_bucket("back")
    assert back is not None
    second = taken(influx, tmp_path / f"{name}-second")
    assert lines_of(second, "back") == lines_of(first, name)
    for one in (bucket, back):
        influx.delete_bucket(one)
