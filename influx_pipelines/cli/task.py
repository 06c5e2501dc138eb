"""`influx-pipelines task backfill`: runs of tasks for times that are past."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import track

from influx_pipelines.cli.console import out
from influx_pipelines.estate.backfill import Backfill, Bounds, failure, summary
from influx_pipelines.estate.load import load
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import load_settings

app = typer.Typer(help="Tasks of InfluxDB.", no_args_is_help=True)
FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%SZ"]


@app.callback()
def tasks() -> None:
    """Tasks of InfluxDB."""


@app.command("backfill")
def backfill(
    names: Annotated[list[str], typer.Argument(help="Names of declared tasks.")],
    start: Annotated[datetime, typer.Option(formats=FORMATS, help="First time, in UTC.")],
    stop: Annotated[
        datetime | None, typer.Option(formats=FORMATS, help="End, in UTC; without it now.")
    ] = None,
    again: Annotated[bool, typer.Option(help="Also for times whose run succeeded.")] = False,
    most_runs: Annotated[int, typer.Option(min=1, help="More runs are refused.")] = 1000,
    most_minutes: Annotated[float, typer.Option(min=0, help="What is left then is not run.")] = 60,
) -> None:
    """Run tasks for each of their times from start to stop; the same command again goes on."""
    settings = load_settings()
    until = stop.replace(tzinfo=UTC) if stop is not None else datetime.now(UTC)
    with running_server(settings) as connection, connection.client(settings) as client:
        work = Backfill(
            client,
            load(settings.estate).of("tasks"),
            names,
            start.replace(tzinfo=UTC),
            until,
            again=again,
            bounds=Bounds(most_runs, most_minutes),
        )
        steps = track(work.run(), "runs", total=work.total, console=out, transient=True)
        outcomes = list(steps)
    for one in outcomes:
        if not one.succeeded:
            out.print(escape("  ".join(one.row().values())))
    out.print(summary(outcomes, work.skipped))
    if failure(outcomes):
        raise typer.Exit(1)
