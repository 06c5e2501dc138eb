"""What a restore would do, as a value: shown before anything is sent."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from influx_pipelines.backups.record import BucketRecord
from influx_pipelines.backups.report import Report
from influx_pipelines.backups.restore.contents import Returning
from influx_pipelines.backups.restore.forgotten import Forgotten
from influx_pipelines.backups.sets import BackupSet

Way = Literal["files", "lines"]


@dataclass(frozen=True)
class BucketPlan:
    """One bucket.

    Attributes:
        held: what the backup has of it.
        as_name: how it will be called on the server.
        way: the server takes its files, or it is written line by line.
        refused: why it will not be restored; "" when it will.
        drops: ID of the unfinished bucket of an earlier restore that goes first; "" for none.
        goes_on: whether it is the unfinished bucket that is filled up.
        returning: deleted values that come back.
        notes: what else to know.
    """

    held: BucketRecord
    as_name: str
    way: Way
    refused: str = ""
    drops: str = ""
    goes_on: bool = False
    returning: tuple[Returning, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def loses(self) -> str:
        """What is gone afterwards; "" for nothing."""
        return f"all points of the unfinished bucket {self.as_name}" if self.drops else ""

    @property
    def action(self) -> str:
        """What is done, in a word or two."""
        if self.refused:
            return "refuse"
        return "make again" if self.drops else "go on" if self.goes_on else "make"

    def row(self) -> dict[str, Any]:
        """The bucket as a row of a table."""
        held = self.held
        return {
            "bucket": held.name,
            "as": self.as_name,
            "action": self.action,
            "way": self.way,
            "series": held.series,
            "values": held.values,
            "first": f"{held.first:%Y-%m-%d %H:%M}" if held.first else "",
            "last": f"{held.last:%Y-%m-%d %H:%M}" if held.last else "",
            "what": self.refused,
            "loses": "" if self.refused else self.loses,
        }


@dataclass(frozen=True)
class FullPlan:
    """Everything.

    Attributes:
        server: version of the server.
        gone: buckets of the server, as `organization/bucket`: all of them are replaced.
        made: those of the backup.
        hashed: whether the backup has only hashes of its tokens; None when nobody can tell.
        broken_off: whether an earlier full restore of this backup did not end on this server.
        refused: why it will not be done.
        notes: what happens to tokens, and what else to know.
    """

    server: str
    gone: tuple[str, ...]
    made: tuple[str, ...]
    hashed: bool | None
    broken_off: bool = False
    refused: str = ""
    notes: tuple[str, ...] = ()

    @property
    def loses(self) -> str:
        """What is gone afterwards."""
        buckets = ", ".join(self.gone) or "no bucket"
        return f"everything on the server ({buckets}), with all tokens, users, tasks and dashboards"


@dataclass(frozen=True)
class RestorePlan:
    """A whole restore.

    Attributes:
        backup: what is restored.
        report: of the look at its files that was made for this plan.
        url: of the server.
        org: of the server.
        buckets: none for a full restore.
        full: None for buckets.
        forgotten: what a restore of buckets does not bring back.
    """

    backup: BackupSet
    report: Report
    url: str
    org: str
    buckets: tuple[BucketPlan, ...] = ()
    full: FullPlan | None = None
    forgotten: tuple[Forgotten, ...] = ()

    @property
    def damaged(self) -> bool:
        """Whether the backup is, so that nothing is sent."""
        return not self.report.good

    @property
    def losses(self) -> tuple[str, ...]:
        """What would be lost, which must be allowed with the fingerprint."""
        found = [bucket.loses for bucket in self.buckets if not bucket.refused]
        found += [self.full.loses] if self.full and not self.full.refused else []
        return tuple(loss for loss in found if loss)

    @property
    def refused(self) -> tuple[str, ...]:
        """Why something will not be done."""
        full = [self.full.refused] if self.full and self.full.refused else []
        return tuple(full + [bucket.refused for bucket in self.buckets if bucket.refused])

    @property
    def notes(self) -> tuple[str, ...]:
        """Everything to know beforehand."""
        found = [*self.report.notes, *(self.full.notes if self.full else ())]
        for bucket in self.buckets:
            found += [f"{bucket.held.name}: {one}" for one in (*bucket.returning, *bucket.notes)]
        return tuple(found)

    @property
    def fingerprint(self) -> str:
        """A short name of exactly this plan; it is what an allowed loss refers to."""
        text = json.dumps(
            [self.backup.fingerprint, self.url, self.org]
            + [asdict(part) for part in (*self.buckets, self.full) if part is not None],
            default=str,
            sort_keys=True,
        )
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def summary(self) -> str:
        """One line."""
        if self.damaged:
            return f"{self.backup.name} is damaged: nothing is sent"
        if self.full:
            return self.full.refused or f"replace everything on {self.url}"
        made = [bucket for bucket in self.buckets if not bucket.refused]
        values = sum(bucket.held.values or 0 for bucket in made)
        text = f"{len(made)} of {len(self.buckets)} buckets to make, {values:,} values"
        return text if made else "nothing to restore"

    def to_json(self) -> dict[str, Any]:
        """The plan for programs."""
        return {
            "summary": self.summary(),
            "fingerprint": self.fingerprint,
            "backup": self.backup.name,
            "kind": self.backup.kind,
            "damages": [str(damage) for damage in self.report.damages],
            "buckets": [bucket.row() for bucket in self.buckets],
            "full": asdict(self.full) if self.full else None,
            "losses": list(self.losses),
            "notes": list(self.notes),
            "forgotten": [str(one) for one in self.forgotten],
        }
