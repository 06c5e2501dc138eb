"""Files in the folder of a backup that are no part of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from pathlib import Path

from influx_pipelines.backups import record, report

OURS = {record.NAME, report.NAME, f"{record.NAME}.new", f"{report.NAME}.new"}
# What a backup is made of, under any name.
PART = re.compile(
    r"\d{8}T\d{6}Z\..*|.*\.(?:tar|bolt|sqlite|tsm|tombstone)(?:\.gz)?|.*\.manifest", re.ASCII
)


def leftovers(folder: Path, known: Set[str]) -> Iterator[tuple[str, bool]]:
    """Names that are not known, and whether each is of what a backup is made of."""
    for name in sorted(path.name for path in folder.iterdir()):
        if name not in known and name not in OURS:
            yield name, PART.fullmatch(name) is not None
