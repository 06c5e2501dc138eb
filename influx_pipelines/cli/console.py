"""The terminal: one console, and errors as sentences."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from influx_pipelines.backups.errors import BackupError
from influx_pipelines.estate.backfill import BackfillError
from influx_pipelines.estate.exclusive import ApplyBusy
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.server.process import StartError
from influx_pipelines.settings import SettingsError
from influx_pipelines.sources.ci.reports.selection import SelectionError
from influx_pipelines.sources.errors import SourceError
from influx_pipelines.transfer.errors import TransferError

EXPLAINED = (
    SettingsError,
    EstateError,
    ApplyBusy,
    StartError,
    InfluxError,
    SourceError,
    SelectionError,
    TransferError,
    BackupError,
    BackfillError,
    UnwritableError,
)

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def errors_explained() -> Iterator[None]:
    """Print an error that a person can mend as a sentence, and exit with 1."""
    try:
        yield
    except EXPLAINED as error:
        err.print(f"[bold red]{type(error).__name__}[/]", end=" ")
        err.print(str(error), markup=False)
        sys.exit(1)
    except BrokenPipeError:  # who reads what is printed has seen enough
        raise
    except OSError as error:  # a full disk, a folder that belongs to somebody else
        err.print("[bold red]Error[/]", end=" ")
        err.print(f"{error.filename or 'a file'}: {error.strerror or error}", markup=False)
        sys.exit(1)
