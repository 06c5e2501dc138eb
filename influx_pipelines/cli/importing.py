"""`influx-pipelines import`: the estate of a running server as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from influx_pipelines.cli.console import out
from influx_pipelines.estate.importing import import_estate
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import load_settings


def import_(
    folder: Annotated[Path, typer.Argument(help="A folder that is new or empty.")],
) -> None:
    """Write what is on the server as the files of an estate, names in the place of IDs.

    Then set INFLUX_PIPELINES_ESTATE to the folder: a plan shows what an apply would take over.
    """
    settings = load_settings()
    with running_server(settings) as connection, connection.client(settings) as client:
        sections = import_estate(client, folder)
    for section in sections:
        if section.entries:
            where = f"{section.key}{section.suffix.removeprefix('.yaml')}"
            out.print(escape(f"{where}: {len(section.entries)}"))
        for note in section.notes:
            out.print(escape(f"{section.key}: {note}"))
