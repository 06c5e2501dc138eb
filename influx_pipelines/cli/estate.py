"""`influx-pipelines plan` and `apply`: the estate without Dagster."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines import estate as estates
from influx_pipelines.cli.console import out
from influx_pipelines.estate.apply import Applied
from influx_pipelines.estate.exclusive import exclusively
from influx_pipelines.estate.ledger import ledger_of
from influx_pipelines.estate.load import load
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.choose import running_server
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings, load_settings

TROUBLE, PENDING = 1, 2


def plan(
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
    prune: Annotated[
        bool, typer.Option(help="Plan to delete what is ours and undeclared.")
    ] = False,
) -> None:
    """Show what an apply would change; exit 0 for nothing, 2 for changes, 1 for trouble.

    A conflict is trouble that an apply leaves as it is.
    """
    settings = load_settings()
    with running_server(settings) as connection, connection.client(settings) as client:
        planned = estates.judged(make_plan(settings, client, prune=prune), client)
    if as_json:
        typer.echo(json.dumps(planned.to_json(), indent=2))
    else:
        print_plan(planned)
    if planned.refused:
        raise typer.Exit(TROUBLE)
    if planned.changes:
        raise typer.Exit(PENDING)
    if planned.conflicts:
        raise typer.Exit(1)


def apply(
    prune: Annotated[bool, typer.Option(help="Delete what is ours and undeclared.")] = False,
    allow_data_loss: Annotated[
        str, typer.Option(help="Fingerprint of the plan whose losses are wanted.")
    ] = "",
) -> None:
    """Change the server to what the estate's files say.

    Exit 0 when it is so, 2 when something was left out, 1 for trouble or a conflict.
    """
    settings = load_settings()
    with (
        running_server(settings) as connection,
        connection.client(settings) as client,
        exclusively(settings.home),
    ):
        planned = make_plan(settings, client, prune=prune)
        print_plan(planned)
        applied = estates.apply(
            planned,
            client,
            ledger_of(settings, client),
            allow_data_loss=allow_data_loss or None,
            secret_command=settings.secret_command,
            token_command=settings.token_command,
        )
    print_results(applied)
    out.print(applied.summary())
    if applied.failed or planned.conflicts:
        raise typer.Exit(1)
    if applied.left_out:
        raise typer.Exit(PENDING)


def show_plan(settings: Settings, connection: Connection) -> None:
    """Print the plan for a server."""
    with connection.client(settings) as client:
        print_plan(estates.judged(make_plan(settings, client), client))


def make_plan(settings: Settings, client: Influx, *, prune: bool = False) -> Plan:
    """The plan for the declared estate on that server."""
    declared = load(settings.estate)
    return estates.plan(declared, estates.observe(client), ledger_of(settings, client), prune=prune)


def all_declared(names: Iterable[str], declared: Collection[str], kind: str) -> None:
    """Refuse a name that no file declares.

    Raises:
        typer.BadParameter: naming it, and the declared one that is nearest to it.
    """
    for name in names:
        if name not in declared:
            close = get_close_matches(name, declared, 1)
            hint = f"did you mean {close[0]}?" if close else "declare it first"
            raise typer.BadParameter(f"there is no {kind} {name!r} in the estate: {hint}")


def print_plan(planned: Plan) -> None:
    """Print a plan as a table and a sentence."""
    rows = planned.rows()
    if rows:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in rows[0]:
            table.add_column(column)
        for row in rows:
            table.add_row(*(escape(str(value)) for value in row.values()))
        out.print(table)
    out.print(planned.summary())


def print_results(applied: Applied) -> None:
    """Print what was not done, with its reason."""
    for result in applied.results:
        if result.state != "done":
            change = result.change
            name = f"{change.kind} {change.name}" + f" ({change.place})" * bool(change.place)
            out.print(escape(f"{name}: {result.state}. {result.error}"))
