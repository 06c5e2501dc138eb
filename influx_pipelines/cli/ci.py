"""`influx-pipelines ci …`: CI jobs, and the logs of some, without Dagster."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

import typer

from influx_pipelines.cli import ci_reports
from influx_pipelines.cli.console import err
from influx_pipelines.settings import load_settings
from influx_pipelines.sources.ci.classify import Finding, classify
from influx_pipelines.sources.ci.rules import FILE, Rules

app = typer.Typer(help="CI jobs: why they failed, and reports of them.", no_args_is_help=True)
app.command("failures")(ci_reports.show_failures)
app.command("last-seen")(ci_reports.show_last_seen)
app.command("minutes")(ci_reports.show_minutes)
app.command("queue")(ci_reports.show_queue)
app.command("flaky")(ci_reports.show_flaky)
app.command("jobs")(ci_reports.show_jobs)
UNMATCHED, UNREADABLE = 1, 2
GZIP = b"\x1f\x8b"


@app.command("classify")
def classify_(
    logs: Annotated[list[str], typer.Argument(help="Log files, gzip too; - is standard input.")],
    rules: Annotated[
        Path | None, typer.Option(help=f"File of rules; {FILE} of the estate without it.")
    ] = None,
    repository: Annotated[
        str, typer.Option(help="owner/name, for rules that are for some repositories only.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="A list of objects.")] = False,
) -> None:
    """Tell why jobs failed: path, type, line number and line of each log, separated by tabs.

    Ends with 1 when a log has no known failure, with 2 when one cannot be read.
    """
    loaded = Rules.load(rules or load_settings().estate / FILE)
    status = 0
    told = []
    for path in logs:
        try:
            with _opened(path) as log:
                finding = classify(log, loaded, repository)
        except _unreadable() as error:
            err.print(f"{path}: {getattr(error, 'strerror', None) or error}", markup=False)
            status = UNREADABLE
            continue
        status = max(status, 0 if finding else UNMATCHED)
        told.append({"path": path, **_told(finding)})
        if not as_json:
            values = (told[-1][name] for name in ("path", "type", "line_number", "line"))
            typer.echo("\t".join("" if value is None else str(value) for value in values))
    if as_json:
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    raise typer.Exit(status)


def _told(finding: Finding | None) -> dict[str, str | int | None]:
    names = ("type", "category", "severity", "line_number", "line")
    if finding is None:
        return dict.fromkeys(names) | {"type": "unmatched"}
    return {name: getattr(finding, name) for name in names}


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """A file or standard input; gzip is unpacked, whatever the name says."""
    from isal import igzip

    given: Any = sys.stdin.buffer if path == "-" else FileIO(path)
    with BufferedReader(given) as file:
        if file.peek(2)[:2] == GZIP:
            with igzip.open(file) as unpacked:  # type: ignore[no-untyped-call]
                yield cast("BinaryIO", unpacked)
        else:
            yield file


def _unreadable() -> tuple[type[Exception], ...]:
    """What reading a file, or unpacking one that is cut off or damaged, can raise."""
    from isal import isal_zlib

    unpacking: Any = isal_zlib.error
    return OSError, EOFError, ValueError, unpacking
