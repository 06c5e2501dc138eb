"""`influx-pipelines checks`: the declared monitoring checks, brought to the server by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines.cli.console import out
from influx_pipelines.cli.estate import all_declared, print_plan, print_results
from influx_pipelines.estate.plan import Plan
from influx_pipelines.estate.provisioning import (
    NoSuchCheck,
    PlannedChecks,
    StillDeclared,
    planned_checks,
)
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import load_settings

app = typer.Typer(help="Monitoring checks that InfluxDB runs itself.", no_args_is_help=True)
Names = Annotated[list[str] | None, typer.Argument(help="Names of checks; all when none is given.")]


@contextmanager
def _planned() -> Iterator[PlannedChecks]:
    """Look and plan; nobody else applies meanwhile."""
    settings = load_settings()
    with (
        running_server(settings) as connection,
        connection.client(settings) as client,
        planned_checks(settings, client) as planned,
    ):
        yield planned


def _apply(planned: PlannedChecks, chosen: Plan, *, allow_loss: bool = False) -> None:
    """Do a part of the plan; exit 1 when some of it was not done."""
    print_plan(chosen)
    applied = planned.apply(chosen, allow_loss=allow_loss)
    print_results(applied)
    out.print(applied.summary())
    if applied.failed or chosen.conflicts:
        raise typer.Exit(1)


@app.command("list")
def list_() -> None:
    """Show the declared checks, and those of ours that are not declared any more."""
    table = Table(
        "check",
        "on the server",
        "declared in",
        box=None,
        header_style="bold",
        pad_edge=False,
    )
    with _planned() as planned:
        states = planned.states()
        places = {
            name: planned.declared.place("monitoring_checks", name) for name in planned.checks
        }
    for name in sorted({**places, **states}):
        state = states.get(name, "as declared")
        table.add_row(escape(name), state, escape(places.get(name, "no file")))
    out.print(table)


@app.command("provision")
def provision(names: Names = None) -> None:
    """Make the checks, and mend those that differ; the rest of the estate is left alone."""
    with _planned() as planned:
        all_declared(names or (), planned.checks, "monitoring check")
        _apply(planned, planned.plan.only(names or planned.checks))


@app.command("decommission")
def decommission(
    names: Annotated[list[str], typer.Argument(help="Names of checks.")],
    yes: Annotated[bool, typer.Option("--yes", help="Delete them.")] = False,
) -> None:
    """Delete checks of ours that no file declares any more; shows them only, without --yes."""
    with _planned() as planned:
        try:
            chosen = planned.going(names)
        except (StillDeclared, NoSuchCheck) as error:
            raise typer.BadParameter(str(error)) from None
        if yes:
            _apply(planned, chosen, allow_loss=True)
            return
        print_plan(chosen)
        out.print("Nothing was deleted; --yes does it.")
