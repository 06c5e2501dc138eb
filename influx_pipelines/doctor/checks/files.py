"""The modes of the files that hold secrets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from dotenv import dotenv_values

from influx_pipelines.doctor.result import Result, green, red, yellow
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.settings import ENV_FILE_VARIABLE, secret_variables

OTHERS = 0o077
KEPT = ("connection.json", "ledger.json", "api/*.token", "tokens/*/*")


def secret_files(subject: Subject) -> Iterator[Result]:
    """Those that this project keeps, and the file of the settings where it holds a secret."""
    home = subject.root / subject.settings.home
    found = sorted(path for pattern in KEPT for path in home.glob(pattern) if path.is_file())
    yield judge(found)
    name = os.environ.get(ENV_FILE_VARIABLE, ".env")
    path = subject.root / name
    if name and path.is_file() and _is_open(path) and secret_variables() & set(dotenv_values(path)):
        text = f"{path} holds a secret, and others can read it."
        yield yellow("secret files", text, f"chmod 600 {path}")


def judge(paths: Iterable[Path]) -> Result:
    """Judge files that nobody but their owner should read."""
    listed = list(paths)
    if wide := [str(path) for path in listed if _is_open(path)]:
        text = f"Others can read {', '.join(wide)}."
        return red("secret files", text, f"chmod 600 {' '.join(wide)}")
    return green("secret files", f"{len(listed)} files, each for its owner alone")


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & OTHERS)
