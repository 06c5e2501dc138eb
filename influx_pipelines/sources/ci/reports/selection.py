"""Which jobs a report is about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from influx_pipelines.sources.ci.records import JobRecord

_SPAN = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


class SelectionError(ValueError):
    """A selection that cannot be understood; the message says what to write."""


@dataclass(frozen=True)
class Selection:
    """Jobs that started since a time, of some branches, only the latest so many; all by default."""

    since: datetime | None = None
    branches: tuple[str, ...] = ()
    latest: int | None = None

    def of(self, jobs: Iterable[JobRecord]) -> list[JobRecord]:
        """The jobs that are meant, the latest first; those that were skipped never are."""
        found = sorted(filter(self._means, jobs), key=lambda job: (job.started_at, job.job_id))
        return found[::-1][: self.latest]

    def _means(self, job: JobRecord) -> bool:
        late = self.since is None or job.started_at >= self.since
        named = not self.branches or job.branch in self.branches
        return late and named and job.conclusion != "skipped"


def since(text: str, now: datetime) -> datetime:
    """The time that a span such as 36h, 2d or 4w lies before now.

    Raises:
        SelectionError: it is no such span.
    """
    found = _SPAN.fullmatch(text)
    if not found:
        raise SelectionError(f"--since {text!r}: write a number with h, d or w, such as 36h or 2d")
    return now - int(found[1]) * _UNITS[found[2]]
