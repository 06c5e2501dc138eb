"""`influx-pipelines token rotate`: another token in the place of a declared one, now."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from influx_pipelines import estate as estates
from influx_pipelines.cli.console import out
from influx_pipelines.cli.estate import all_declared, print_plan, print_results
from influx_pipelines.estate.exclusive import exclusively
from influx_pipelines.estate.ledger import ledger_of
from influx_pipelines.estate.load import load
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import load_settings

app = typer.Typer(help="Declared API tokens.", no_args_is_help=True)
KINDS = ("token",)


@app.callback()
def tokens() -> None:
    """Declared API tokens."""


@app.command("rotate")
def rotate(
    names: Annotated[list[str], typer.Argument(help="Names of declared tokens.")],
) -> None:
    """Make, publish, and let the old one work for its grace; a later apply deletes it."""
    settings = load_settings()
    declared = load(settings.estate)
    all_declared(names, declared.of("tokens"), "token")
    with (
        running_server(settings) as connection,
        connection.client(settings) as client,
        exclusively(settings.home),
    ):
        ledger = ledger_of(settings, client)
        for name in names:
            ledger.change_token(name, lambda record: replace(record, due=True))
        observed = estates.observe(client, KINDS)
        planned = estates.plan(declared, observed, ledger, kinds=KINDS).only(names)
        # An old one whose grace is over can wait for the next apply.
        changes = tuple(change for change in planned.changes if change.action != "delete")
        chosen = replace(planned, changes=changes)
        print_plan(chosen)
        applied = estates.apply(chosen, client, ledger, token_command=settings.token_command)
    print_results(applied)
    out.print(applied.summary())
    if applied.failed or chosen.conflicts:
        raise typer.Exit(1)
