"""`influx-pipelines ci failures` and its sisters: reports of the jobs that are in the store."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines.cli.console import err, out
from influx_pipelines.settings import load_settings
from influx_pipelines.sources.ci.passing import open_store
from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.reports.failures import failures, watched
from influx_pipelines.sources.ci.reports.flaky import flaky_tests
from influx_pipelines.sources.ci.reports.jobs import jobs_report
from influx_pipelines.sources.ci.reports.last_seen import last_seen
from influx_pipelines.sources.ci.reports.minutes import minutes
from influx_pipelines.sources.ci.reports.queue import queue
from influx_pipelines.sources.ci.reports.report import Report
from influx_pipelines.sources.ci.reports.selection import Selection
from influx_pipelines.sources.ci.reports.selection import since as since_of
from influx_pipelines.sources.ci.store import JobStore


class Format(StrEnum):
    """How a report is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    HTML = "html"


class Period(StrEnum):
    """What minutes are summed over."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


Since = Annotated[str, typer.Option(help="Only jobs that started in the last 36h, 2d or 4w.")]
Latest = Annotated[int | None, typer.Option(min=1, help="Only so many jobs, the latest.")]
Branch = Annotated[list[str] | None, typer.Option(help="Only this one; may be repeated.")]
Repository = Annotated[str, typer.Option(help="Only this one, as owner/name.")]
As = Annotated[Format, typer.Option("--format", help="How it is printed.")]
Short = Annotated[bool, typer.Option("--short", help="Labels of runners up to their first -.")]


def show_failures(
    since: Since = "",
    latest: Latest = None,
    branch: Branch = None,
    repository: Repository = "",
    watch_failure: Annotated[
        str, typer.Option(help="The jobs with this one, and the lines that tell it.")
    ] = "",
    form: As = Format.TABLE,
) -> None:
    """Why jobs failed: how many of each type, most first."""
    _, found = _selected(since, latest, branch, repository)
    _print(watched(found, watch_failure) if watch_failure else failures(found), form)


def show_jobs(
    since: Since = "",
    latest: Latest = None,
    branch: Branch = None,
    repository: Repository = "",
    form: As = Format.CSV,
) -> None:
    """All that is known of each job, the latest first."""
    _, found = _selected(since, latest, branch, repository)
    _print(jobs_report(found), form)


def show_last_seen(
    since: Since = "",
    latest: Latest = None,
    branch: Branch = None,
    repository: Repository = "",
    short: Short = False,
    form: As = Format.TABLE,
) -> None:
    """When each test failed last, and in how many jobs it did."""
    store, found = _selected(since, latest, branch, repository)
    _print(last_seen(found, store.addresses, short=short), form)


def show_minutes(
    since: Since = "",
    latest: Latest = None,
    branch: Branch = None,
    repository: Repository = "",
    by: Annotated[Period, typer.Option(help="What is summed over.")] = Period.DAY,
    short: Short = False,
    form: As = Format.TABLE,
) -> None:
    """How long runners were busy, by day, week or month and by their labels."""
    _, found = _selected(since, latest, branch, repository)
    _print(minutes(found, by.value, short=short), form)


def show_queue(
    since: Since = "",
    latest: Latest = None,
    branch: Branch = None,
    repository: Repository = "",
    short: Short = False,
    form: As = Format.TABLE,
) -> None:
    """How long jobs waited for a runner: median and 95th percentile of each day."""
    _, found = _selected(since, latest, branch, repository)
    _print(queue(found, short=short), form)


def show_flaky(
    since: Since = "",
    latest: Latest = None,
    branch: Branch = None,
    repository: Repository = "",
    form: As = Format.TABLE,
) -> None:
    """Tests that failed and then passed, without a change in between."""
    _, found = _selected(since, latest, branch, repository)
    _print(flaky_tests(found), form)


def _selected(
    since: str, latest: int | None, branch: list[str] | None, repository: str
) -> tuple[JobStore, list[JobRecord]]:
    """The store, and the jobs that are meant; an empty store is told beside the report."""
    start = since_of(since, datetime.now(UTC)) if since else None
    store = open_store(load_settings())
    found = Selection(start, tuple(branch or ()), latest).of(store.jobs(start, repository))
    if not found:
        err.print(f"No such job is in {store.url}; `influx-pipelines ingest ci` fetches them.")
    return store, found


def _print(report: Report, form: Format) -> None:
    if form is not Format.TABLE:
        text = {Format.CSV: report.as_csv, Format.JSON: report.as_json, Format.HTML: report.as_html}
        typer.echo(text[form](), nl=False)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    shown = report.shown()
    for name in (name for name in report.columns if name not in report.aside):
        number = all(isinstance(record[name], int | float) for record in shown)
        table.add_column(name, justify="right" if shown and number else "left")
    for record in shown:
        table.add_row(*(escape("" if v is None else str(v)) for v in record.values()))
    out.print(table)
