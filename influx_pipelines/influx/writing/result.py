"""What became of the rows of a write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

MOST_REASONS = 100


@dataclass(frozen=True)
class TypeConflict:
    """A field that is there as another type; `dropped` points were refused for it.

    The server names the first conflict of a request only, so `dropped` may hold points that
    another field would have been refused for.
    """

    field: str
    measurement: str
    sent: str
    stored: str
    dropped: int = 0

    def __str__(self) -> str:
        return (
            f"field {self.field!r} of {self.measurement!r} is sent as {self.sent}, already exists "
            f"as type {self.stored} ({self.dropped} points)"
        )


@dataclass
class WriteResult:
    """Counts of a write.

    Attributes:
        points: stored by the server.
        skipped: rows that had no field to write; never sent.
        dropped: points that the server refused, as far as it tells: of a request over several
            shard groups (by default weeks) it counts those of one, and `points` holds the others.
        requests: bodies that the server answered for, without repeats of the same one.
        bytes: of line protocol, before gzip.
        reasons: why points were dropped; distinct, at most 100.
        conflicts: fields whose type does not fit, one for each pair of types.
    """

    points: int = 0
    skipped: int = 0
    dropped: int = 0
    requests: int = 0
    bytes: int = 0
    reasons: list[str] = field(default_factory=list)
    conflicts: list[TypeConflict] = field(default_factory=list)

    def add(self, other: WriteResult) -> None:
        """Count another result in."""
        self.points += other.points
        self.skipped += other.skipped
        self.dropped += other.dropped
        self.requests += other.requests
        self.bytes += other.bytes
        self.give_reasons(other.reasons)
        for conflict in other.conflicts:
            self.count_conflict(conflict)

    def drop(self, count: int, *reasons: str) -> None:
        """Count points that were not stored."""
        self.dropped += count
        self.give_reasons(reasons)

    def give_reasons(self, reasons: Sequence[str]) -> None:
        """Keep reasons that are new, as long as there are not too many."""
        for reason in reasons:
            if len(self.reasons) < MOST_REASONS and reason not in self.reasons:
                self.reasons.append(reason)

    def count_conflict(self, conflict: TypeConflict) -> None:
        """Keep a conflict, or count its points to those of the same field and types."""
        for place, known in enumerate(self.conflicts):
            if replace(known, dropped=0) == replace(conflict, dropped=0):
                total = known.dropped + conflict.dropped
                self.conflicts[place] = replace(known, dropped=total)
                return
        self.conflicts.append(conflict)
