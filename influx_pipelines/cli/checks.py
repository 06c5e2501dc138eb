"""`influx-pipelines checks`: the declared monitoring checks, brought to the server by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NamedTuple

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines import estate as estates
from influx_pipelines.cli.console import out
from influx_pipelines.cli.estate import all_declared, ledger_of, print_plan, print_results
from influx_pipelines.estate.exclusive import exclusively
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import load_settings

app = typer.Typer(help="Monitoring checks that InfluxDB runs itself.", no_args_is_help=True)
KINDS = ("monitoring_check",)
STATES = {"create": "missing", "update": "differs", "adopt": "differs", "delete": "undeclared"}
Names = Annotated[list[str] | None, typer.Argument(help="Names of checks; all when none is given.")]


class Planned(NamedTuple):
    """The declaration, the plan of all checks, and what an apply needs."""

    declared: Estate
    plan: Plan
    client: Influx
    ledger: Ledger

    def apply(self, chosen: Plan, *, allow_loss: bool = False) -> None:
        """Do a part of the plan; exit 1 when some of it was not done."""
        print_plan(chosen)
        allowed = chosen.fingerprint if allow_loss else None
        applied = estates.apply(chosen, self.client, self.ledger, allow_data_loss=allowed)
        print_results(applied)
        out.print(applied.summary())
        if applied.failed or chosen.conflicts:
            raise typer.Exit(1)


@contextmanager
def _planned() -> Iterator[Planned]:
    """Look and plan; nobody else applies meanwhile."""
    settings = load_settings()
    declared = load(settings.estate)
    with (
        running_server(settings) as connection,
        connection.client(settings) as client,
        exclusively(settings.home),
    ):
        ledger = ledger_of(settings, client)
        observed = estates.observe(client, KINDS)
        yield Planned(
            declared,
            estates.plan(declared, observed, ledger, kinds=KINDS, prune=True),
            client,
            ledger,
        )


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
        states = {
            change.name: STATES.get(change.action, change.action) for change in planned.plan.changes
        }
        states |= {found.name: found.state for found in planned.plan.conflicts}
        places = {
            name: planned.declared.place("monitoring_checks", name)
            for name in planned.declared.of("monitoring_checks")
        }
    for name in sorted({**places, **states}):
        state = states.get(name, "as declared")
        table.add_row(escape(name), state, escape(places.get(name, "no file")))
    out.print(table)


@app.command("provision")
def provision(names: Names = None) -> None:
    """Make the checks, and mend those that differ; the rest of the estate is left alone."""
    with _planned() as planned:
        declared = planned.declared.of("monitoring_checks")
        all_declared(names or (), declared, "monitoring check")
        planned.apply(planned.plan.only(names or declared))


@app.command("decommission")
def decommission(
    names: Annotated[list[str], typer.Argument(help="Names of checks.")],
    yes: Annotated[bool, typer.Option("--yes", help="Delete them.")] = False,
) -> None:
    """Delete checks of ours that no file declares any more; shows them only, without --yes."""
    with _planned() as planned:
        chosen = planned.plan.only(names)
        going = {change.name for change in chosen.changes if change.action == "delete"}
        for name in names:
            if place := planned.declared.place("monitoring_checks", name):
                text = f"{name!r} is declared in {place}; take it out there, or it comes again"
                raise typer.BadParameter(text)
            if name not in going:
                raise typer.BadParameter(f"there is no check of ours named {name!r}")
        if yes:
            planned.apply(chosen, allow_loss=True)
            return
        print_plan(chosen)
        out.print("Nothing was deleted; --yes does it.")
