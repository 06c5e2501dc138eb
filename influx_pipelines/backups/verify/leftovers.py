"""Files in the folder of a backup that are no part of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from influx_pipelines.backups import record, report
from influx_pipelines.backups.files import PARTIAL

OURS = {record.NAME, report.NAME}
# What a backup is made of, under any name.
PART = re.compile(
    r"\d{8}T\d{6}Z\..*|.*\.(?:tar|bolt|sqlite|tsm|tombstone)(?:\.gz)?|.*\.manifest", re.ASCII
)
MOST = 100


def leftovers(folder: Path, known: set[str]) -> Iterator[tuple[str, bool]]:
    """Names that are not known, and whether each is of what a backup is made of."""
    with os.scandir(folder) as found:
        names = sorted(entry.name for entry in found)
    for name in names:
        if name not in known and name not in OURS and not name.endswith(".new"):
            yield name, PART.fullmatch(name) is not None and not name.endswith(PARTIAL)
