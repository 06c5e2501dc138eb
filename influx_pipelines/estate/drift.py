"""What differs between declaration and server, and since when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from influx_pipelines.estate.plan import Plan


@dataclass(frozen=True, slots=True)
class Drift:
    """Differences as rows of a table, each with the moment at which it was first seen."""

    rows: tuple[dict[str, str], ...]

    def of(self, kind: str) -> list[dict[str, str]]:
        """The differences of one kind."""
        return [row for row in self.rows if row["kind"] == kind]


def drift(planned: Plan, known: Mapping[str, str], now: datetime) -> Drift:
    """The changes that a plan would make and what stands in their way.

    Args:
        planned: the plan.
        known: what `remembered` gave: when each difference was first seen.
        now: the aware time of this look.
    """
    moment = now.astimezone(UTC).isoformat(timespec="seconds")
    rows = [change.row() for change in planned.changes]
    rows += [finding.row() for finding in planned.conflicts]
    return Drift(tuple({**row, "since": known.get(_name(row), moment)} for row in rows))


def _name(row: Mapping[str, str]) -> str:
    return json.dumps([row["kind"], row["name"], row["action"]])


def remembered(path: Path) -> dict[str, str]:
    """When each difference of the last look was first seen; nothing where there is no record."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def remember(path: Path, found: Drift) -> None:
    """Keep the differences for the next look; those that are gone are forgotten."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_suffix(".new")
    new.write_text(json.dumps({_name(row): row["since"] for row in found.rows}, indent=1))
    new.replace(path)
