"""The repositories whose CI jobs are fetched: `estate/ci.yaml`, and `CI_REPOSITORIES`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from influx_pipelines.estate.model import Part
from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.yamlfile import read_model
from influx_pipelines.settings import SettingsError
from influx_pipelines.sources.ci.fetch import Wanted
from influx_pipelines.sources.ci.records import LogsOf

FILE = "ci.yaml"
# What GitHub allows in a name. A name of dots alone would be another folder of the store.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/(?!\.{1,2}$)[A-Za-z0-9._-]+")


def _repository(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} is no repository: write owner/name")
    return value


class RepositoryEntry(Part):
    """A repository."""

    name: Annotated[str, AfterValidator(_repository)] = Field(description="owner/name.")
    branches: list[str] = Field(default=[], description="Only runs of these; empty: of all.")
    logs: LogsOf = Field(
        "failures", description="Jobs whose logs are fetched: failures, all, or none."
    )


class CiDocument(Part):
    """The repositories whose CI jobs are fetched."""

    repositories: list[RepositoryEntry] = Field(default=[], description="Repositories by name.")


def wanted_repositories(folder: Path, variable: str = "") -> list[Wanted]:
    """Those of the file in a folder, then those of the variable that the file does not have.

    Raises:
        EstateError: naming every problem of the file with line and column.
        SettingsError: the variable holds what is no repository.
    """
    declared = {entry.name: entry for entry in _declared(folder)}
    for name in re.split(r"[,\s]+", variable.strip(", \n")):
        if not name:
            continue
        try:
            declared.setdefault(_repository(name), RepositoryEntry(name=name))
        except ValueError:
            text = f"CI_REPOSITORIES: {name!r} is no repository: write owner/name,owner/name"
            raise SettingsError(text) from None
    return [Wanted(one.name, tuple(one.branches), one.logs) for one in declared.values()]


def _declared(folder: Path) -> list[RepositoryEntry]:
    path = folder / FILE
    if not path.exists():
        return []
    document, marked = read_model(path, CiDocument)
    names = [entry.name for entry in document.repositories]
    problems = [
        Problem(
            f"{folder.name}/{FILE}",
            *marked.place(("repositories", place, "name")),
            f"the repository {name!r} stands here a second time: keep one",
        )
        for place, name in enumerate(names)
        if name in names[:place]
    ]
    if problems:
        raise EstateError(problems)
    return document.repositories
