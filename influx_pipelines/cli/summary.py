"""The end of `run`: what was done, what was found, how long it took, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import dagster as dg
from rich.markup import escape
from rich.table import Table

from influx_pipelines.cli.console import out
from influx_pipelines.cli.execute import Executed, Outcome
from influx_pipelines.server.connection import Connection

STATES = {
    "done": "[green]done[/]",
    "failed": "[bold red]failed[/]",
    "skipped": "[yellow]skipped[/]",
    "not reached": "[yellow]not reached[/]",
}


def show_summary(
    runs: Sequence[Executed], seconds: float, root: Path, connection: Connection
) -> bool:
    """Print the summary; True when every asset was made and no blocking asset check failed."""
    outcomes = [outcome for executed in runs for outcome in executed.outcomes]
    out.print(_assets_table(outcomes))
    checks = [check for outcome in outcomes for check in outcome.checks]
    failed = [check for check in checks if not check.passed]
    for check in failed:
        kind = "failed, blocking" if check.blocking else f"failed ({check.severity.value})"
        name = f"{'/'.join(check.asset_key.path)}: {check.check_name}"
        out.print(
            f"  asset check {escape(name)} [bold red]{kind}[/] {escape(check.description or '')}"
        )
    for outcome in outcomes:
        if outcome.error:
            out.print(f"  [bold red]{escape(outcome.asset)}[/] {escape(outcome.error)}")
    for executed in runs:
        if executed.error:
            out.print(f"  [bold red]run {executed.run_id[:8]}[/] {escape(executed.error)}")
    out.print(f"Asset checks  {len(checks) - len(failed)} passed, {len(failed)} failed")
    out.print(f"Took          {seconds:.1f} s")
    out.print(f"History       {root / '.influx_pipelines' / 'dagster'}")
    ok = all(executed.succeeded for executed in runs) and not any(c.blocking for c in failed)
    out.print(f"Next          {_next_step(ok, connection)}")
    return ok


def _assets_table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("Asset", "State", "Seconds", "Result"):
        table.add_column(column, justify="right" if column == "Seconds" else "left")
    for outcome in outcomes:
        seconds = f"{outcome.seconds:.1f}" if outcome.state == "done" else ""
        table.add_row(
            escape(outcome.asset), STATES[outcome.state], seconds, escape(result_of(outcome))
        )
    return table


def result_of(outcome: Outcome) -> str:
    """One line on what an asset did: its `summary`, or its summaries counted."""
    texts = Counter(
        str(value.value)
        for metadata in outcome.materializations
        if isinstance(value := metadata.get("summary"), dg.MetadataValue)
    )
    if len(outcome.materializations) <= 1:
        return next(iter(texts), "")
    return ", ".join(f"{count} {text}" for text, count in texts.most_common())


def _next_step(ok: bool, connection: Connection) -> str:
    if not ok:
        return "mend what is named above and run again: what is done stays done."
    if connection.ours:
        return "`make up` opens the Dagster page with schedules and sensors running."
    return "`make up` opens the Dagster page; `influx-pipelines apply` also changes what is yours."
