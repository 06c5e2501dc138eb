"""Two small backups of real servers; each folder has a README that tells what they hold."""

from __future__ import annotations

import shutil
from pathlib import Path

FOLDER = Path(__file__).parent / "fixtures" / "backups"
VERSIONS = ("2.7.12", "2.9.1")


def sample(version: str, folder: Path) -> Path:
    """A copy of a set that a test may change, without the README that is no part of it."""
    copy = folder / f"set-{version}"
    shutil.copytree(FOLDER / version, copy, ignore=shutil.ignore_patterns("README.md"))
    return copy
