"""The command line `influx-pipelines`, one small module a command."""

from __future__ import annotations

import typer

from influx_pipelines import __version__
from influx_pipelines.cli import (
    alerts,
    api,
    backup,
    backup_restore,
    checks,
    ci,
    data,
    doctor,
    estate,
    importing,
    ingest,
    server,
    task,
    token,
    up,
)
from influx_pipelines.cli.console import errors_explained

app = typer.Typer(
    name="influx-pipelines",
    help="A Dagster project that owns an InfluxDB v2 estate and the data that flows through it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.add_typer(server.app, name="server")
app.command("api")(api.api)
app.command("doctor")(doctor.doctor)
app.command("plan")(estate.plan)
app.command("apply")(estate.apply)
app.command("import")(importing.import_)
app.command("restore")(backup_restore.restore)
app.add_typer(alerts.app, name="alerts")
app.add_typer(backup.app, name="backup")
app.add_typer(checks.app, name="checks")
app.add_typer(ci.app, name="ci")
app.add_typer(data.app, name="data")
app.add_typer(ingest.app, name="ingest")
app.add_typer(task.app, name="task")
app.add_typer(token.app, name="token")


@app.command("run")
def run() -> None:
    """Bring the estate up, take host metrics, materialize every asset, print a summary."""
    # With it comes Dagster, which takes a second that no other command should take.
    from influx_pipelines.cli.run import run as run_once

    run_once()


@app.command("version")
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def main() -> None:
    """Run the command line; known errors become a sentence and an exit status of 1."""
    with errors_explained():
        app()
