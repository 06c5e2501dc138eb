"""`influx-pipelines ingest ci`: one pass over the CI jobs of the last days, without Dagster."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines.cli.console import out
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import load_settings
from influx_pipelines.sources.ci.github import GitHub
from influx_pipelines.sources.ci.passing import NO_REPOSITORY, Done, Pass, open_github

PARTIAL = 2


def ci(
    days: Annotated[
        int, typer.Option(min=1, help="How many days of creation, today included.")
    ] = 31,
    rewrite: Annotated[
        bool, typer.Option("--rewrite", help="Write all jobs again, not only what changed.")
    ] = False,
) -> None:
    """New and changed CI jobs of the last days; exit status 2 when GitHub's limit ended it."""
    settings = load_settings()
    last = datetime.now(UTC).date()
    with (
        running_server(settings) as connection,
        connection.client(settings) as client,
        open_github(settings) as github,
    ):
        work = Pass(settings, settings.estate, github, client)
        if not work.wanted:
            out.print(f"There is {NO_REPOSITORY}.")
            return
        if not github.has_token:
            out.print("GITHUB_TOKEN is not set: no logs, and 60 answers an hour.")
        done = []
        for one in work.days(last - timedelta(days=days - 1), last, rewrite=rewrite):
            out.print(f"{one.day}  {escape(one.repository)}  {_outcome(one)}")
            done.append(one)
    out.print(_table(done))
    _end(done, github, work.resume_at)


def _outcome(one: Done) -> str:
    if one.error is not None:
        return f"[bold red]{escape(str(one.error))}[/]"
    fetched = one.report.fetched if one.report is not None else 0
    written = one.published.points if one.published is not None else 0
    partial = "" if one.whole else ", [yellow]partial[/]"
    return f"{fetched} runs fetched, {written} points written{partial}"


def _table(done: Sequence[Done]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    names = ("Repository", "Runs", "Fetched", "Unchanged", "Unfinished", "Logs", "Gone", "Points")
    for name in names:
        table.add_column(name, justify="left" if name == "Repository" else "right")
    for repository in dict.fromkeys(one.repository for one in done):
        mine = [one for one in done if one.repository == repository]
        reports = [one.report for one in mine if one.report is not None]
        counts = (
            sum(report.listed for report in reports),
            sum(report.fetched for report in reports),
            sum(report.unchanged for report in reports),
            sum(len(report.unfinished) for report in reports),
            sum(report.logs_kept for report in reports),
            sum(report.logs_gone for report in reports),
            sum(one.published.points for one in mine if one.published is not None),
        )
        table.add_row(escape(repository), *(f"{count:,}" for count in counts))
    return table


def _end(done: Sequence[Done], github: GitHub, resume_at: datetime | None) -> None:
    free = f"{github.unchanged:,} of them free of any limit"
    out.print(f"{github.requests:,} requests, {free}")
    if any(one.error is not None for one in done):
        raise typer.Exit(1)
    if resume_at is not None:
        when = f"{resume_at:%Y-%m-%d %H:%M} UTC"
        out.print(f"GitHub's limit is met: the same command goes on after {when}.")
        raise typer.Exit(PARTIAL)
