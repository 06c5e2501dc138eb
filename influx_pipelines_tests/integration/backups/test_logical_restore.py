"""What a restore of a logical backup refuses, and what it tells."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from influx_pipelines.backups.errors import BackupError, DamagedSet, NotASet
from influx_pipelines.backups.logical.contents import load_contents
from influx_pipelines.backups.logical.restore import restore_bucket
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.integration.backups.test_logical import HOUR, START, lines
from influx_pipelines_tests.logical import taken


@pytest.fixture
def found(influx: Influx, tmp_path: Path) -> BackupSet:
    influx.create_bucket("b", retention_seconds=0, shard_group_seconds=3600)
    influx.write_lines(
        b"".join(b"m,t=%d f=%d %d\n" % (n, n, START + n * HOUR) for n in range(4)), bucket="b"
    )
    return taken(influx, tmp_path / "set")


def test_a_bucket_with_values_is_refused(influx: Influx, found: BackupSet) -> None:
    with pytest.raises(BackupError, match="holds values already"):
        restore_bucket(influx, found, "b")
    done = restore_bucket(influx, found, "b", into_existing=True)
    assert done.differences == ()


def test_an_unknown_bucket_is_named(influx: Influx, found: BackupSet) -> None:
    with pytest.raises(NotASet, match=r"no bucket 'c'\. It has b"):
        restore_bucket(influx, found, "c")


def test_nothing_of_a_damaged_backup_is_sent(influx: Influx, found: BackupSet) -> None:
    last = sorted(found.path.rglob("*.lp.gz"))[-1]
    last.write_bytes(last.read_bytes()[:-1] + b"\1")
    with pytest.raises(DamagedSet, match="Nothing was sent"):
        restore_bucket(influx, found, "b", as_name="back")
    assert influx.find_bucket("back") is None


def test_values_too_old_for_the_bucket_are_told(influx: Influx, tmp_path: Path) -> None:
    """A server drops them with an answer of its own; they are no difference."""
    now = time.time_ns()
    influx.create_bucket("young", retention_seconds=0, shard_group_seconds=3600)
    times = [now - 100 * HOUR, now - 99 * HOUR, now - HOUR // 2]
    influx.write_lines(b"".join(b"m f=1 %d\n" % when for when in times), bucket="young")
    found = taken(influx, tmp_path / "set")
    done = restore_bucket(influx, found, "young", as_name="back", retention_seconds=2 * 3600)
    assert (done.values, done.expired, done.differences) == (3, 2, ())
    assert restore_bucket(influx, found, "young", as_name="all").expired == 0


def test_a_difference_is_named_by_its_field(influx: Influx, found: BackupSet) -> None:
    def lose(step: object) -> None:
        body = {"start": "1970-01-01T00:00:00Z", "stop": "2100-01-01T00:00:00Z"}
        body["predicate"] = 't="2"'
        params = {"org": influx.org, "bucket": "back"}
        influx.request("POST", "/api/v2/delete", params=params, json=body)

    done = restore_bucket(influx, found, "b", as_name="back", progress=lose)
    assert done.differences == (
        "2020-01-01 02:00 to 2020-01-01 03:00, field 'f' of 'm': 0 values instead of 1",
    )


def test_a_type_that_the_server_refuses_is_told(influx: Influx, found: BackupSet) -> None:
    influx.create_bucket("other", retention_seconds=0, shard_group_seconds=3600)
    influx.write_lines(b"m f=1i %d\n" % (START + 1), bucket="other")
    done = restore_bucket(influx, found, "b", as_name="other", into_existing=True)
    assert done.refused == 1
    assert "type conflict" in done.reasons[0]
    assert len(load_contents(found.path).bucket("b").windows) == 4
    assert len(lines(found, "b")) == 4
