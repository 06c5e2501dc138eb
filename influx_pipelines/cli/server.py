"""`influx-pipelines server`: keep the InfluxDB of this project running; what an upgrade changes."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from influx_pipelines.cli.console import out
from influx_pipelines.server.choose import running_server
from influx_pipelines.server.connection import connection_file
from influx_pipelines.settings import load_settings

if TYPE_CHECKING:
    from influx_pipelines.upgrade import Finding

app = typer.Typer()
TO_DO = 2
WORDS = {"do": "[bold red]DO[/]     ", "unknown": "[yellow]unknown[/]", "know": "know   "}


@app.callback(invoke_without_command=True)
def server(context: typer.Context) -> None:
    """Start the InfluxDB of this project, set it up, and keep it running until Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    settings = load_settings()
    with stop_signals() as stop, running_server(settings) as connection:
        out.print(f"InfluxDB      {connection.url}  ({connection.kind})")
        out.print(f"Organization  {connection.org}")
        if connection.ours:
            out.print(f"Token         in {connection_file(settings)}")
            stop.wait()


@app.command("upgrade-report")
def upgrade_report(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Tell what InfluxDB 2.8 and 2.9 change for this estate; exit 2 when something is to be done.

    Nothing is changed, and no secret is shown.
    """
    from influx_pipelines import upgrade
    from influx_pipelines.estate.ledger import ledger_of
    from influx_pipelines.estate.load import load

    settings = load_settings()
    declared = load(settings.estate)
    with running_server(settings) as connection, connection.client(settings) as client:
        facts = upgrade.look(client, declared, ledger_of(settings, client), settings)
    findings = upgrade.report(facts)
    if as_json:
        rows = [one.row() for one in findings]
        typer.echo(json.dumps({"server": facts.text, "findings": rows}, indent=2))
    else:
        out.print(f"InfluxDB {facts.text} at {connection.url}")
        _print(findings)
    if any(one.state == "do" for one in findings):
        raise typer.Exit(TO_DO)


def _print(findings: Sequence[Finding]) -> None:
    for one in findings:
        mark = WORDS.get(one.state, "-      ")
        out.print(f"{mark} {one.version:5}  [bold]{one.subject}[/]: {escape(one.what)}")
        if one.before:
            out.print(f"{'':15}→ {escape(one.before)}")


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, for the length of the block."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
