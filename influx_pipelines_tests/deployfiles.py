"""The files of `deploy/`, and what of this project and of others they may name."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import yaml

from influx_pipelines.settings import known_variables

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
# Those that the instance files name, and what shells and Python read.
FOREIGN = {
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "DAGSTER_HOME",
    "DAGSTER_LOGS",
    "DAGSTER_POSTGRES_URL",
    "HOME",
    "PATH",
    "PYTHONUNBUFFERED",
}


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text())


def unread(variables: Iterable[str]) -> set[str]:
    """Variables that nobody reads."""
    return set(variables) - known_variables() - FOREIGN


def check_command(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The program is installed, and takes these commands and options."""
    (program,) = entry_points(group="console_scripts", name=command[0])
    with monkeypatch.context() as patched, pytest.raises(SystemExit) as ended:
        # Help is shown when everything before it is understood.
        patched.setattr(sys, "argv", [*command, "--help"])
        program.load()()
    assert not ended.value.code, command


def literal_secrets(text: str) -> list[str]:
    """Passwords within addresses, and what is as long and mixed as a token."""
    return re.findall(r"://[^\s/{}$]*:[^\s/{}$@]+@|\b(?=\w*\d)(?=\w*[a-z])\w{24,}", text)
