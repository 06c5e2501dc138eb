"""`influx-pipelines data export` and `data import`: points to files and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from influx_pipelines.cli import data_display
from influx_pipelines.cli.console import err
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import load_settings
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.request import ExportRequest, format_of

app = typer.Typer(help="Points of a bucket to files, and back.", no_args_is_help=True)
INTERRUPTED = 130


@app.command("export")
def export(
    bucket: Annotated[str, typer.Argument(help="Name of the bucket.")],
    folder: Annotated[Path, typer.Argument(help="A new folder, or that of an earlier run.")],
    format: Annotated[str, typer.Option(help="csv, parquet, or lp (line protocol).")] = "csv",
    start: Annotated[str, typer.Option(help="-45d, a date, or an RFC 3339 time.")] = "-45d",
    stop: Annotated[str, typer.Option(help="End; with now, later runs go on from here.")] = "now",
    window: Annotated[str, typer.Option(help="Time that one file covers.")] = "1d",
    measurement: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be repeated.")
    ] = None,
    every: Annotated[str, typer.Option(help="Aggregate over windows such as 30m.")] = "",
    fn: Annotated[str, typer.Option(help="The aggregate: mean, max, last, …")] = "mean",
    query: Annotated[
        Path | None,
        typer.Option(help="File with Flux that uses params.start and params.stop instead."),
    ] = None,
    gzip: Annotated[bool, typer.Option(help="Compress csv and lp.")] = False,
) -> None:
    """Export a bucket, or what a query finds, window by window; the same command again goes on."""
    from influx_pipelines.transfer.exporting import Export

    with _trouble_explained():
        request = ExportRequest(
            bucket,
            format_of(format),
            start,
            stop,
            window,
            tuple(measurement or ()),
            every,
            fn,
            query.read_text() if query is not None else "",
            gzip,
        )
        with _client() as client:
            work = Export(client, request, folder)
            data_display.follow_export(work)
    data_display.show_export(work)


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(help="An export; or files of other origin.")],
    bucket: Annotated[str, typer.Argument(help="Name of a bucket that is there.")],
    measurement: Annotated[str, typer.Option(help="Other origin: name of the measurement.")] = "",
    tag: Annotated[
        list[str] | None, typer.Option(help="Other origin: a column that is a tag.")
    ] = None,
    time: Annotated[str, typer.Option(help="Other origin: column of the time.")] = "time",
    precision: Annotated[str, typer.Option(help="Other origin: of a time of integers.")] = "ns",
    type: Annotated[
        list[str] | None,
        typer.Option(help="Other origin: COLUMN=float, integer, unsigned, boolean or string."),
    ] = None,
    again: Annotated[bool, typer.Option(help="Import what was imported before, too.")] = False,
) -> None:
    """Import files into a bucket; the same command again goes on where the last one ended."""
    from influx_pipelines.transfer.foreign import ForeignFiles, types_named
    from influx_pipelines.transfer.importing import Import

    with _trouble_explained():
        said = ForeignFiles(measurement, tuple(tag or ()), time, precision, types_named(type or ()))
        foreign = said if said != ForeignFiles() else None
        with _client() as client:
            work = Import(client, folder, bucket, foreign, again=again)
            total = data_display.follow_import(work)
    data_display.show_import(work, total)
    if total.dropped:
        raise typer.Exit(1)


@contextmanager
def _client() -> Iterator[Influx]:
    settings = load_settings()
    with running_server(settings) as connection, connection.client(settings) as client:
        yield client


@contextmanager
def _trouble_explained() -> Iterator[None]:
    """A full disk is a sentence, and Ctrl-C says what to do next."""
    try:
        yield
    except OSError as error:
        raise TransferError(f"{error.filename or 'A file'}: {error.strerror or error}") from None
    except KeyboardInterrupt:
        err.print("Stopped. The same command goes on where this one ended.")
        raise typer.Exit(INTERRUPTED) from None
