"""A restore test proves a bucket by counts and last values, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from influx_pipelines.backups.restore.drill import restore_test
from influx_pipelines.backups.restore.marker import NAME, scratch
from influx_pipelines.backups.restore.request import RestoreRefused
from influx_pipelines.backups.restore.trials import load_tests
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.backups.verify import verify
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.services.native_restore import RESTORE, RestoringServer
from influx_pipelines_tests.services.nativefaults import Fault

Put = Callable[[str], BackupSet]
NOW = datetime(2026, 11, 24, 16, tzinfo=UTC)
RUN = """
from datetime import UTC, datetime
from influx_pipelines.backups.restore.drill import restore_test
restore_test(client, folder, datetime.now(UTC))
"""


def scratches(client: Influx) -> list[str]:
    return [bucket.name for bucket in client.buckets() if bucket.name.startswith(NAME)]


@pytest.mark.parametrize("native", [True, False])
def test_every_bucket_with_values_is_proven_in_its_turn(
    operator: Influx, influx: Influx, kept: Put, native: bool
) -> None:
    client = operator if native else influx
    folder = kept("2.9.1").path.parent
    tests = [restore_test(client, folder, NOW) for _ in range(3)]
    assert [(one.bucket, one.values, one.error, one.differences) for one in tests] == [
        ("deleted-range", 1440 if native else 1080, "", ()),
        ("two-shards", 2448, "", ()),
        ("deleted-range", 1440 if native else 1080, "", ()),
    ]
    assert scratches(client) == []
    assert list(load_tests(folder).tests) == tests


def test_another_last_value_is_found_though_all_counts_are_right(
    operator: Influx, kept: Put
) -> None:
    folder = kept("2.7.12").path.parent

    def change(step: object) -> None:
        for name in scratches(operator):  # after the shards, before what is in them is counted
            operator.write_lines(b"temp,room=r1 v=-1 1578700740000000000", bucket=name)

    test = restore_test(operator, folder, NOW, change)
    assert not test.proven
    assert len(test.differences) == 1
    assert "the last value is another one" in test.differences[0]
    assert scratches(operator) == []


def test_a_test_that_fails_is_remembered_and_drops_its_bucket(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    folder = kept("2.9.1").path.parent
    restoring.break_answer = lambda asked, number: (
        Fault("status", 500) if asked.path.startswith(f"{RESTORE}shards/") else None
    )
    test = restore_test(operator, folder, NOW)
    assert "broken on purpose" in test.error
    assert scratches(operator) == []
    assert load_tests(folder).newest_proven is None


def test_what_a_killed_test_left_is_removed_by_the_next_one(
    operator: Influx, kept: Put, killed: Callable[[str, Path], None]
) -> None:
    """Only what is surely its own: the name and the owner in the description."""
    folder = kept("2.9.1").path.parent
    operator.create_bucket(f"{NAME}mine", retention_seconds=0, description="of a person")
    operator.create_bucket(f"{NAME}other", retention_seconds=0, description=scratch("other"))
    killed(RUN, folder)
    [left] = set(scratches(operator)) - {f"{NAME}mine", f"{NAME}other"}

    test = restore_test(operator, folder, NOW)
    assert test.removed == (left,)
    assert test.proven
    assert set(scratches(operator)) == {f"{NAME}mine", f"{NAME}other"}


def test_a_backup_that_is_damaged_by_now_is_not_sent(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    backup = kept("2.9.1")
    shard = next(backup.path.glob("*.1.tar.gz"))
    shard.write_bytes(shard.read_bytes()[:-9])
    with pytest.raises(RestoreRefused, match="damaged now"):
        restore_test(operator, backup.path.parent, NOW)
    verify(backup.path).save(backup.path)
    with pytest.raises(RestoreRefused, match="no backup that was verified and is good"):
        restore_test(operator, backup.path.parent, NOW)
    assert restoring.received == []


def test_there_is_nothing_to_test_in_an_empty_folder(influx: Influx, tmp_path: Path) -> None:
    with pytest.raises(RestoreRefused, match="no backup"):
        restore_test(influx, tmp_path, NOW)
