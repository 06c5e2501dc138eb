"""Room on the disks of what is kept, and whether it can be written there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import yaml

from influx_pipelines.doctor.result import Result, green, red
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.settings import variable_of

MIB = 1 << 20


def disk(subject: Subject) -> Iterator[Result]:
    """The home folder, that of the backups, and Dagster's storage."""
    settings = subject.settings
    folders = {"home": settings.home, "backups": settings.backups}
    if (storage := dagster_storage(subject.root)) is not None:
        folders["dagster"] = storage
    for name, folder in folders.items():
        yield judge(f"disk: {name}", subject.root / folder, settings.disk_free)


def judge(name: str, folder: Path, least: int) -> Result:
    """Judge a folder by the free megabytes of its disk; one that is not there by its parent."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        text = f"Nothing can be written to {folder}."
        return red(name, text, f"Give the user of this process {there}, or set another folder.")
    free = shutil.disk_usage(there).free // MIB
    if free < least:
        text = f"{free:,} MB are free at {folder}, less than the {least:,} of "
        text += f"{variable_of('disk_free')}."
        return red(name, text, "Make room, or set a folder on another disk.")
    return green(name, f"{free:,} MB are free at {folder}")


def dagster_storage(root: Path) -> Path | None:
    """Where Dagster keeps its history by dagster.yaml; None when that is no folder."""
    try:
        found = yaml.safe_load((root / "dagster.yaml").read_text())
        return Path(found["storage"]["sqlite"]["base_dir"])
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return None
