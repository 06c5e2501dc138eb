"""`influx-pipelines doctor`: what is wrong with this set-up, and what mends it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.markup import escape

from influx_pipelines.cli.console import out
from influx_pipelines.cli.root import project_root
from influx_pipelines.doctor.result import Result

MARKS = {"green": "[green]ok [/]", "yellow": "[yellow]?  [/]", "red": "[bold red]BAD[/]"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Look at everything this project stands on; exit 1 when something has to be mended.

    Nothing is changed, and no secret is shown.
    """
    # With it come Dagster and SQLAlchemy, which no other command should wait for.
    from influx_pipelines.doctor.examine import examine

    results = examine(project_root())
    if as_json:
        typer.echo(json.dumps(_as_json(results), indent=2))
    else:
        _print(results)
    if _state(results) == "red":
        raise typer.Exit(1)


def _state(results: Sequence[Result]) -> str:
    states = {one.state for one in results}
    return next((state for state in ("red", "yellow") if state in states), "green")


def _as_json(results: Sequence[Result]) -> dict[str, object]:
    return {"state": _state(results), "results": [one.to_json() for one in results]}


def _print(results: Sequence[Result]) -> None:
    width = max(len(one.name) for one in results)
    for one in results:
        out.print(f"{MARKS[one.state]} {one.name:{width}}  {escape(one.what)}")
        if one.mend:
            out.print(f"{'':{width + 4}}  → {escape(one.mend)}")
    counts = Counter(one.state for one in results)
    out.print(f"{counts['red']} to mend, {counts['yellow']} to know, {counts['green']} good.")
