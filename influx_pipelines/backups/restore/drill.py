"""The restore test: a bucket of the newest good backup into a scratch bucket, and away again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from influx_pipelines.backups.errors import BackupError, MissingRights, NotNative
from influx_pipelines.backups.native.rights import check_native
from influx_pipelines.backups.progress import Progress, silent
from influx_pipelines.backups.report import Report
from influx_pipelines.backups.restore import marker
from influx_pipelines.backups.restore.making import Comparison, compare
from influx_pipelines.backups.restore.plan import Way
from influx_pipelines.backups.restore.request import RestoreRefused
from influx_pipelines.backups.restore.sources import source_of
from influx_pipelines.backups.restore.trials import RestoreTest, RestoreTests, load_tests
from influx_pipelines.backups.sets import BackupSet, sets_below
from influx_pipelines.backups.verify import verify
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError

OTHERS = ("_", marker.NAME)  # the system's, and those of tests that were killed
MOST = 50  # differences that are kept


def restore_test(
    client: Influx, destination: Path, now: datetime, progress: Progress = silent
) -> RestoreTest:
    """Restore the bucket whose turn it is, compare it with the backup, and drop it.

    Counts and last values of every series and field are compared, shard group by shard group. The
    outcome is remembered in the folder, also when the server failed. Be alone with
    restores of the folder.

    Args:
        client: of the server on which it is tried; with an operator token for native backups.
        destination: folder of the backups.
        now: the present.
        progress: is told of each part.

    Raises:
        RestoreRefused: there is no good backup, or none with a bucket; nothing was sent.
        BackupError: the record of tests cannot be read.
        InfluxError: the server did not answer when scratch buckets were looked for.
    """
    tests = load_tests(destination)
    tests.save(destination)  # before anything is made: it says which scratch buckets are ours
    removed = remove_leftovers(client, tests)
    backup = newest_good(destination, now)
    report = verify(backup.path, progress)
    org, bucket = _turn(backup, report, tests)
    begun = RestoreTest(
        at=now, backup=backup.name, kind=backup.kind, org=org, bucket=bucket, removed=removed
    )
    before = time.monotonic()
    try:
        found = _tried(client, backup, report, begun, tests.owner, progress)
        outcome = {
            "parts": found.parts,
            "fields": found.fields,
            "values": found.values,
            "differences": found.gaps[:MOST],
        }
    except (BackupError, InfluxError) as error:
        outcome = {"error": str(error)}
    seconds = round(time.monotonic() - before, 3)
    test = begun.model_copy(update={"seconds": seconds, **outcome})
    tests.with_test(test).save(destination)
    return test


def newest_good(destination: Path, now: datetime) -> BackupSet:
    """The newest backup that was verified and is good; one ahead of the clock comes last.

    Raises:
        RestoreRefused: there is none.
    """
    for backup in sorted(sets_below(destination), key=lambda one: one.is_ahead(now)):
        report = backup.verification
        if report is not None and report.good:
            return backup
    raise RestoreRefused(f"{destination} has no backup that was verified and is good.")


def remove_leftovers(client: Influx, tests: RestoreTests) -> tuple[str, ...]:
    """Delete the scratch buckets of tests that were killed: name and description must be ours.

    Returns:
        Their names.

    Raises:
        InfluxError: the server did not answer.
    """
    found = [one for one in client.buckets() if marker.is_scratch_of(one, tests.owner)]
    for bucket in found:
        client.delete_bucket(bucket)
    return tuple(bucket.name for bucket in found)


def _turn(backup: BackupSet, report: Report, tests: RestoreTests) -> tuple[str, str]:
    if not report.good:
        raise RestoreRefused(
            f"{backup.name} was good once and is damaged now: {report.damages[0]} Nothing was sent."
        )
    ours = [one for one in report.buckets if not one.name.startswith(OTHERS)]
    if not ours:
        raise RestoreRefused(f"{backup.name} has no bucket to restore but the system's.")
    filled = [one for one in ours if one.values]  # an empty one proves little
    return tests.next_of({(one.org, one.name) for one in filled or ours})


def _tried(
    client: Influx,
    backup: BackupSet,
    report: Report,
    test: RestoreTest,
    owner: str,
    progress: Progress,
) -> Comparison:
    held = next(o for o in report.buckets if (o.org, o.name) == (test.org, test.bucket))
    name = marker.NAME + secrets.token_hex(6)
    with TemporaryDirectory() as state, _dropped(client, name, owner):
        source = source_of(backup, held, _way(client, backup), Path(state))
        source.make(client, name, marker.scratch(owner), progress)
        return compare(client, source, name, progress, exact=True, last=True)


def _way(client: Influx, backup: BackupSet) -> Way:
    if backup.kind == "native":
        try:
            check_native(client)
        except (NotNative, MissingRights):
            return "lines"
        return "files"
    return "lines"


@contextmanager
def _dropped(client: Influx, name: str, owner: str) -> Iterator[None]:
    """Whatever happens in the block, the scratch bucket is gone after it.

    When the server does not answer any more, the next test removes it.
    """
    try:
        yield
    finally:
        found = client.find_bucket(name)
        if found is not None and marker.is_scratch_of(found, owner):
            client.delete_bucket(found)
