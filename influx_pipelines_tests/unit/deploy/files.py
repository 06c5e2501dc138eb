"""The files of `deploy/`, read, and what of the project they may name."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import typer
import yaml

from influx_pipelines.cli import app
from influx_pipelines.settings import known_variables

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
# Of Dagster and Celery, which the instance files of `deploy/` name.
FOREIGN = {
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "DAGSTER_HOME",
    "DAGSTER_LOGS",
    "DAGSTER_POSTGRES_URL",
}


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text())


def unknown(variables: Iterable[str]) -> set[str]:
    """Those that neither the settings nor Dagster read."""
    return set(variables) - known_variables() - FOREIGN


def words(text: str) -> list[str]:
    """The command of a line, less what stands before it."""
    return text.split("with-secrets ", 1)[-1].split()


def check_command(command: list[str]) -> None:
    """The program is there, and has each of the options, in its own group of commands."""
    program, *rest = command
    assert shutil.which(program), program
    found = _command(program)
    while isinstance(found, click.Group):
        found = found.commands[rest.pop(0)]
    context = click.Context(found, info_name=program)
    found.parse_args(context, rest)


def _command(program: str) -> click.Command:
    if program == "influx-pipelines":
        return typer.main.get_command(app)
    if program == "celery":
        from celery.bin.celery import celery

        return celery
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name=program)
    made = script.load()
    if isinstance(made, click.Command):
        return made
    from click import Command

    assert not isinstance(made, Command)
    raise AssertionError(program)


def literal_secrets(text: str) -> list[str]:
    """Passwords in addresses, and long tokens."""
    return re.findall(r"://[^\s/{}$]+:[^\s/{}$]+@|\b[A-Za-z0-9_\-]{40,}={0,2}", text)
