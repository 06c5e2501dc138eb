"""How many calls a service gets a day, counted together by all processes of this project."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from influx_pipelines.sources.errors import BudgetSpent, SourceError, Unavailable

WAIT = 10.0


class Budget:
    """Calls of one UTC day, kept in a small file beside a lock.

    A call is counted before it is sent: one that fails was a call, too.
    """

    def __init__(self, path: Path, per_day: int) -> None:
        self.path, self.per_day = path, per_day

    def take(self, count: int = 1) -> int:
        """Count calls that are about to be made; how many are left.

        Raises:
            BudgetSpent: there are not so many left today.
            SourceError: the count cannot be read or kept.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(self.path.with_suffix(".lock"), timeout=WAIT):
                left = self.left() - count
                if left < 0:
                    raise BudgetSpent(
                        f"{self.path.stem}: of {self.per_day:,} calls a day {left + count:,} are "
                        f"left, and {count} would be needed. It goes on after midnight UTC."
                    )
                self._keep(self.per_day - left)
                return left
        except Timeout:
            raise Unavailable(f"{self.path}: another process holds the count of calls") from None
        except OSError as error:
            text = f"{self.path}: calls cannot be counted there, so none is made: {error.strerror}"
            raise SourceError(text) from None

    def left(self) -> int:
        """Calls that are left today.

        Raises:
            SourceError: the file is no count.
        """
        try:
            kept = json.loads(self.path.read_text())
            day, used = str(kept["day"]), int(kept["calls"])
        except FileNotFoundError:
            return self.per_day
        except (ValueError, TypeError, KeyError, OverflowError):
            raise SourceError(f"{self.path} is no count of calls: delete it") from None
        return self.per_day - max(used, 0) if day == _today() else self.per_day

    def _keep(self, used: int) -> None:
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({"day": _today(), "calls": used}))
        new.replace(self.path)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
