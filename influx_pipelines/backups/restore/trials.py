"""`restore-tests.json`: which buckets were restored on trial, when, and with what outcome."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from influx_pipelines.backups.errors import BackupError
from influx_pipelines.backups.files import save_whole
from influx_pipelines.backups.record import Kind

NAME = "restore-tests.json"
KEPT = 500  # tests; the last one of each bucket is always kept


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RestoreTest(_Part):
    """One bucket of one backup, restored into a scratch bucket, compared and dropped again.

    Attributes:
        at: when it began.
        parts: shard groups that were compared.
        fields: of all series, in each shard group.
        values: that were counted on the server.
        differences: the first of them, as sentences; none is good.
        error: why it did not come to its end.
        removed: scratch buckets of tests before that were killed.
    """

    at: datetime
    backup: str
    kind: Kind
    org: str
    bucket: str
    seconds: float = 0.0
    parts: NonNegativeInt = 0
    fields: NonNegativeInt = 0
    values: NonNegativeInt = 0
    differences: tuple[str, ...] = ()
    error: str = ""
    removed: tuple[str, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether the bucket came back as it was."""
        return not self.differences and not self.error


class RestoreTests(_Part):
    """All tests of a folder of backups, the newest last.

    Attributes:
        owner: says which scratch buckets on a server are ours.
    """

    version: Literal[1] = 1
    owner: str = Field(default_factory=lambda: secrets.token_hex(8))
    tests: tuple[RestoreTest, ...] = ()

    @property
    def newest_proven(self) -> RestoreTest | None:
        """The last test in which a bucket came back as it was."""
        return next((test for test in reversed(self.tests) if test.proven), None)

    def last_of(self, org: str, bucket: str) -> RestoreTest | None:
        """The last test of a bucket."""
        found = (test for test in reversed(self.tests) if (test.org, test.bucket) == (org, bucket))
        return next(found, None)

    def next_of(self, buckets: Collection[tuple[str, str]]) -> tuple[str, str]:
        """The bucket, by organization and name, whose last test is the longest ago.

        One that was never tested comes first. A test that failed is a turn too, so that one bad
        bucket does not keep the others from theirs.
        """
        turns = {(test.org, test.bucket): number for number, test in enumerate(self.tests)}
        return min(buckets, key=lambda bucket: (turns.get(bucket, -1), bucket))

    def with_test(self, test: RestoreTest) -> RestoreTests:
        """The same and one more; old ones are forgotten, but for the last one of each bucket."""
        tests = (*self.tests, test)
        last = {(one.org, one.bucket): one for one in tests}.values()
        kept = [one for one in tests[:-KEPT] if one in last]
        return self.model_copy(update={"tests": (*kept, *tests[-KEPT:])})

    def save(self, folder: Path) -> None:
        """Write it in one step."""
        save_whole(folder / NAME, self.model_dump_json(indent=1).encode())


def load_tests(folder: Path) -> RestoreTests:
    """The tests of a folder of backups; none where there is no file.

    Raises:
        BackupError: it cannot be read. Taken for a lost one, scratch buckets of tests that were
            killed would stay for ever.
    """
    path = folder / NAME
    try:
        return RestoreTests.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return RestoreTests()
    except (OSError, ValidationError):
        raise BackupError(
            f"{path} is no record of restore tests. Restore it or delete it; then look for buckets "
            "called restore-test-… on the server."
        ) from None


def proven_dates(tests: Sequence[RestoreTest]) -> dict[str, datetime]:
    """When each bucket, as `organization/bucket`, last came back as it was."""
    return {f"{test.org}/{test.bucket}": test.at for test in tests if test.proven}
