"""`influx-pipelines backup retention`: what is kept and why, and what goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines.backups.prune import plan, policy_of, prune
from influx_pipelines.cli.backup_display import following
from influx_pipelines.cli.console import out
from influx_pipelines.settings import load_settings


def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go; remove nothing.")
    ] = False,
) -> None:
    """Remove the backups that the policy does not keep."""
    settings, now = load_settings(), datetime.now(UTC)
    folder, policy = settings.backups, policy_of(settings)
    if dry_run:
        pruned = plan(folder, policy, now)
    else:
        with following("Removing") as progress:
            pruned = prune(folder, policy, now, progress)
    table = Table("kept", "why", box=None, header_style="bold", pad_edge=False)
    for name, reasons in pruned.decision.keep.items():
        table.add_row(escape(name), escape(", ".join(reasons)))
    out.print(table)
    gone = [*pruned.abandoned, *pruned.decision.remove]
    for name in gone:
        out.print(f"{'removed' if pruned.done else 'would go'}  {escape(name)}")
    out.print(
        f"{len(pruned.decision.keep)} kept, {len(gone)} {'removed' if pruned.done else 'to go'}"
    )
