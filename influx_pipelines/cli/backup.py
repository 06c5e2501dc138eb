"""`influx-pipelines backup`: backups, without Dagster."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from influx_pipelines.backups.errors import BackupError, NotASet
from influx_pipelines.cli import backup_copies, backup_retention, backup_take
from influx_pipelines.cli.backup_display import following, show_report
from influx_pipelines.cli.console import err

app = typer.Typer(help="Backups: taken, looked at, kept by a policy.", no_args_is_help=True)
app.command("take")(backup_take.take)
app.command("list")(backup_take.list_)
app.command("copy")(backup_copies.copy)
app.command("copies")(backup_copies.copies)
app.command("fetch")(backup_copies.fetch)
app.command("retention")(backup_retention.retention)
DAMAGED, NOT_A_SET, NOT_DONE = 1, 2, 3


@app.command("verify")
def verify(
    folder: Annotated[Path, typer.Argument(help="Of one backup, ours or of `influx backup`.")],
    as_json: Annotated[bool, typer.Option("--json", help="The whole report.")] = False,
) -> None:
    """Look at a backup without a server: name each damage, and count what it holds.

    Exit status: 0 good, 1 damaged, 2 no backup, 3 could not look.
    """
    from influx_pipelines.backups.verify import verify as look_at

    try:
        with following("Verifying") as progress:
            report = look_at(folder.resolve(), progress)
    except BackupError as error:
        err.print(f"[bold red]{type(error).__name__}[/]", end=" ")
        err.print(str(error), markup=False)
        raise typer.Exit(NOT_A_SET if isinstance(error, NotASet) else NOT_DONE) from None
    if as_json:
        found = {"good": report.good, **report.model_dump(mode="json")}
        typer.echo(json.dumps(found, indent=1))
    else:
        show_report(folder, report)
    if not report.good:
        raise typer.Exit(DAMAGED)
