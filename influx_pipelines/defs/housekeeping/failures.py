"""A lasting record of runs that failed, one JSON object a line, the last thousand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

KEPT = 1_000
SHOWN = 20


def failures_file(home: Path) -> Path:
    """Where the failures are kept."""
    return home / "run_failures.jsonl"


def store_failure(home: Path, failure: dict[str, Any]) -> None:
    """Add a failure at the end; a run that is there already is not added again."""
    known = _read(home)
    if any(one.get("run_id") == failure["run_id"] for one in known):
        return
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = failures_file(home)
    new = path.with_suffix(f".{os.getpid()}.new")
    lines = [json.dumps(one) for one in [*known, failure][-KEPT:]]
    new.write_text("\n".join(lines) + "\n")
    new.replace(path)


def recent_failures(home: Path) -> list[dict[str, Any]]:
    """The newest failures first: when, job, run_id, error."""
    return list(reversed(_read(home)[-SHOWN:]))


def _read(home: Path) -> list[dict[str, Any]]:
    try:
        lines = failures_file(home).read_text().splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            value = json.loads(line)
        except ValueError:
            continue  # half a line, of a machine that went down
        if isinstance(value, dict):
            found.append(value)
    return found
