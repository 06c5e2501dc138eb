"""The database of the alerts for the commands that use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from influx_pipelines.cli.console import err
from influx_pipelines.settings import load_settings

if TYPE_CHECKING:
    from influx_pipelines.alerts.database import Database


@contextmanager
def alert_database() -> Iterator[Database]:
    """The database with its tables; when it fails, a sentence and exit status 1."""
    from sqlalchemy.exc import DBAPIError

    from influx_pipelines.alerts.database import Database

    database = Database.of(load_settings())
    try:
        database.migrate()
        yield database
    except DBAPIError as error:
        err.print(f"The database of the alerts failed: {error.orig}".strip(), markup=False)
        raise typer.Exit(1) from None
    finally:
        database.close()
