"""`influx-pipelines backup copy`, `copies` and `fetch`: backups elsewhere, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines.backups.errors import CopyRefused
from influx_pipelines.backups.prune import policy_of
from influx_pipelines.backups.report import Damage
from influx_pipelines.cli.backup_display import MEGABYTE, following, show_report
from influx_pipelines.cli.console import out
from influx_pipelines.cli.interrupts import ended_cleanly
from influx_pipelines.settings import Settings, load_settings

Place = Annotated[
    str, typer.Option(help="Address of fsspec; unset: INFLUX_PIPELINES_BACKUP_COPY_TO.")
]


def copy(
    to: Place = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done; do nothing.")
    ] = False,
) -> None:
    """Send the verified backups that the policy keeps, and remove older copies."""
    from influx_pipelines.backups.copies.keeping import keep_copies

    settings = load_settings()
    with (
        ended_cleanly("Stopped. The same command goes on where this one ended."),
        following("Copying") as progress,
    ):
        kept = keep_copies(
            settings.backups,
            _place(to, settings),
            settings.backup_recipients,
            policy_of(settings),
            datetime.now(UTC),
            dry_run=dry_run,
            progress=progress,
        )
    would = "" if kept.done else "would be "
    for name in kept.sent:
        out.print(f"{would}sent     {escape(name)}")
    for name in (*kept.unfinished, *kept.decision.remove):
        out.print(f"{would}removed  {escape(name)}")
    out.print(f"{len(kept.decision.keep)} copies kept at {escape(kept.shown)}")


def copies(
    at: Place = "",
    check: Annotated[
        bool, typer.Option("--check", help="Read every byte of them; no key is needed.")
    ] = False,
) -> None:
    """List the copies; exit status 1 when one is damaged."""
    from influx_pipelines.backups.copies.found import check_copy, find_copies
    from influx_pipelines.backups.copies.remote import Remote

    remote = Remote(_place(at, load_settings()))
    table = Table("copy", "state", "encrypted", "MB", box=None, header_style="bold", pad_edge=False)
    damages: list[Damage] = []
    for copy in find_copies(remote):
        found = check_copy(remote, copy) if check else copy.damages
        damages += found
        state = "damaged" if found else "whole"
        encrypted = "yes" if copy.record and copy.record.encrypted else "no"
        size = f"{copy.record.bytes / MEGABYTE:,.1f}" if copy.record else ""
        table.add_row(escape(copy.name), state, encrypted, size)
    out.print(table)
    for damage in damages:
        out.print(f"[bold red]damaged[/] {escape(str(damage))}")
    if damages:
        raise typer.Exit(1)


def fetch(
    name: Annotated[str, typer.Argument(help="Of the copy.")],
    source: Annotated[
        str, typer.Option("--from", help="Address; unset: INFLUX_PIPELINES_BACKUP_COPY_TO.")
    ] = "",
    to: Annotated[
        Path | None, typer.Option(help="Folder of backups; unset: that of the settings.")
    ] = None,
    identity: Annotated[
        Path | None, typer.Option(help="File with the secret key, where the copy is encrypted.")
    ] = None,
) -> None:
    """Bring a copy back and read all of it; exit status 1 when something is wrong with it."""
    from influx_pipelines.backups.copies.encryption import load_identities
    from influx_pipelines.backups.copies.fetch import fetch as fetch_copy
    from influx_pipelines.backups.copies.remote import Remote
    from influx_pipelines.backups.rereading import read_again

    settings = load_settings()
    keys = load_identities(identity) if identity is not None else ()
    remote, folder = Remote(_place(source, settings)), to or settings.backups
    with ended_cleanly("Stopped. Nothing was kept."), following("Fetching") as progress:
        found = fetch_copy(remote, name, folder, keys, progress)
    report = read_again(found)
    show_report(found.path, report)
    if not report.good:
        raise typer.Exit(1)


def _place(given: str, settings: Settings) -> str:
    if not (given or settings.copy_to):
        raise CopyRefused(
            "No place for copies is set: give one, or set INFLUX_PIPELINES_BACKUP_COPY_TO."
        )
    return given or settings.copy_to
