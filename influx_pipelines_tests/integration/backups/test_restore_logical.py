"""A logical backup comes back on any server, with the mark and the rules of the native ones."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.backups.logical.take import take_logical
from influx_pipelines.backups.restore.buckets import restore_buckets
from influx_pipelines.backups.restore.planning import plan_restore
from influx_pipelines.backups.restore.request import RestoreRefused, RestoreRequest
from influx_pipelines.backups.sets import BackupSet, open_set
from influx_pipelines.estate.ownership import marked
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.proxy import Proxy

LINES = b"".join(b'm,host=%d f=%d.5,s="a\\"\\\\b" %d\n' % (n % 3, n, n * 10**9) for n in range(900))


@pytest.fixture
def backup(influx: Influx, tmp_path: Path) -> BackupSet:
    for name in ("one", "two"):
        influx.create_bucket(name, retention_seconds=0, description=marked("of the estate"))
        influx.write_lines(LINES, bucket=name)
    partial = tmp_path / "backups/backup-1.partial"
    partial.mkdir(parents=True)
    take_logical(influx, partial).save(partial)
    return open_set(partial.rename(partial.with_suffix("")))


def test_a_bucket_comes_back_and_under_another_name_no_prune_deletes_it(
    influx: Influx, backup: BackupSet
) -> None:
    for bucket in influx.buckets():
        if bucket.name == "one":
            influx.delete_bucket(bucket)
    for asked, name, description in (
        (RestoreRequest(("one",)), "one", marked("of the estate")),
        (RestoreRequest(("two",), "copy"), "copy", "of the estate"),
    ):
        plan = plan_restore(influx, backup, asked)
        [result] = restore_buckets(plan, influx)
        assert result.state == "done"
        assert result.comparison is not None
        assert result.comparison.values == 1800
        found = influx.find_bucket(name)
        assert found is not None
        assert found.description == description


def test_a_run_that_broke_off_is_gone_on_with(influx: Influx, backup: BackupSet) -> None:
    with (
        Proxy(influx.url) as proxy,
        Influx(proxy.url, influx.transport.token, influx.org, retry_seconds=0) as client,
    ):
        proxy.fault = lambda method, path, number: "reset" if path.endswith("/write") else None
        [result] = restore_buckets(
            plan_restore(client, backup, RestoreRequest(("two",), "copy")), client
        )
        assert result.state == "failed"
        proxy.fault = lambda method, path, number: None
        plan = plan_restore(client, backup, RestoreRequest(("two",), "copy"))
        assert [bucket.action for bucket in plan.buckets] == ["go on"]
        assert plan.losses == ()
        [result] = restore_buckets(plan, client)
        assert result.state == "done"


def test_a_backup_on_a_medium_that_cannot_be_written_to_comes_back(
    influx: Influx, backup: BackupSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sent is remembered beside the backup; the bucket was made, and nothing was sent."""
    real = Path.write_text

    def read_only(path: Path, *args: Any, **kwargs: Any) -> int:
        if path.is_relative_to(backup.path.parent):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", read_only)
    plan = plan_restore(influx, backup, RestoreRequest(("two",), "copy"))
    [failed] = restore_buckets(plan, influx)
    assert (failed.state, "Read-only file system" in failed.error) == ("failed", True)

    real_access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: path != backup.path.parent and real_access(path, mode)
    )
    plan = plan_restore(influx, backup, RestoreRequest(("two",), "copy"))
    [result] = restore_buckets(plan, influx, allow_data_loss=plan.fingerprint)
    assert result.state == "done"


def test_there_is_no_full_restore_of_it(influx: Influx, backup: BackupSet) -> None:
    with pytest.raises(RestoreRefused, match="neither users nor tokens"):
        plan_restore(influx, backup, RestoreRequest(full=True))
