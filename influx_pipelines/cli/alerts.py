"""`influx-pipelines alerts`: what is wrong, who cares for it, and what is silent."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines.cli import delivery
from influx_pipelines.cli.alertstore import alert_database
from influx_pipelines.cli.console import out
from influx_pipelines.flux.durations import DurationError, parse_flux
from influx_pipelines.server.connection import known_connection
from influx_pipelines.settings import load_settings

app = typer.Typer(help="Statuses of checks, incidents, silences, messages.", no_args_is_help=True)
app.command("deliver")(delivery.deliver)
app.command("test-delivery")(delivery.test_delivery)
COLOURS = {"crit": "red", "warn": "yellow", "info": "blue", "unknown": "magenta", "ok": "green"}
MAX_SILENCE = timedelta(days=365)
By = Annotated[str, typer.Option(help="Who does it.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="NAME=VALUE; may be repeated.")]


@app.command("list")
def list_(
    all_: Annotated[bool, typer.Option("--all", help="Those that ended lately, too.")] = False,
    days: Annotated[int, typer.Option(min=1, max=90, help="How long ago is lately.")] = 7,
) -> None:
    """Show the incidents that are going on."""
    from influx_pipelines.alerts.instants import utc_now
    from influx_pipelines.alerts.summary import incident_row, recent_incidents

    now = utc_now()
    with alert_database() as database, database.reading() as session:
        since = now - timedelta(days=days) if all_ else now
        rows = [incident_row(one) for one in recent_incidents(session, _organisation(), since)]
    table = _table("number", "state", "level", "opened", "series", "message")
    for row in rows:
        state = f"{row['state']} {row['resolved']}".strip()
        table.add_row(
            str(row["number"]),
            escape(state),
            _coloured(row["level"]),
            row["opened"],
            escape(row["series"]),
            escape(row["message"]),
        )
    out.print(table if rows else "No incident is going on.")


@app.command("statuses")
def statuses(
    level: Annotated[
        list[str] | None, typer.Option(help="ok, info, warn, crit or unknown; may be repeated.")
    ] = None,
    check: Annotated[str, typer.Option(help="A part of the check's name.")] = "",
    tag: Tags = None,
    active: Annotated[
        bool | None, typer.Option("--active/--cleared", help="By the series' newest status.")
    ] = None,
    latest: Annotated[bool, typer.Option(help="Only the newest of each series.")] = False,
    days: Annotated[int, typer.Option(min=1, max=90, help="How far back.")] = 7,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
) -> None:
    """Show statuses, newest first."""
    from influx_pipelines.alerts import listing
    from influx_pipelines.alerts.instants import utc_now
    from influx_pipelines.alerts.levels import LEVELS
    from influx_pipelines.alerts.summary import name_of

    if wrong := set(level or ()) - set(LEVELS):
        raise typer.BadParameter(f"no level: {', '.join(sorted(wrong))}")
    asked = listing.Filter(
        _organisation(),
        since=utc_now() - timedelta(days=days),
        levels=frozenset(level or LEVELS),
        check_name=check,
        tags=_matchers(tag or ()),
        active=active,
        latest_only=latest,
    )
    table = _table("time", "level", "series", "message")
    with alert_database() as database, database.reading() as session:
        for one in listing.statuses(session, asked, limit=limit).statuses:
            time = f"{one.time:%Y-%m-%d %H:%M:%S}"
            series, message = escape(name_of(one.series)), escape(one.message)
            table.add_row(time, _coloured(one.level), series, message)
    out.print(table if table.row_count else "No status was found.")


@app.command("ack")
def ack(
    numbers: Annotated[list[int], typer.Argument(help="Numbers of incidents.")], by: By = ""
) -> None:
    """Say that somebody takes care: no repeats until it gets worse."""
    from influx_pipelines.alerts.actions import acknowledge
    from influx_pipelines.alerts.instants import utc_now

    with alert_database() as database, database.session() as session:
        for number in numbers:
            incident = acknowledge(session, number, by=by or getpass.getuser(), now=utc_now())
            if incident is None:
                raise typer.BadParameter(f"there is no incident {number}")
            out.print(f"Incident {number} is {incident.state}.")


@app.command("resolve")
def resolve(numbers: Annotated[list[int], typer.Argument(help="Numbers of incidents.")]) -> None:
    """End incidents by hand; a bad status within ten minutes opens them again."""
    from influx_pipelines.alerts import actions
    from influx_pipelines.alerts.instants import utc_now

    with alert_database() as database, database.session() as session:
        for number in numbers:
            if actions.resolve(session, number, now=utc_now()) is None:
                raise typer.BadParameter(f"there is no incident {number}")
            out.print(f"Incident {number} is resolved.")


@app.command("silence")
def silence(
    matchers: Annotated[
        list[str] | None,
        typer.Argument(help="TAG=PATTERN, also check=… and level=…; `*` and `?` are wild."),
    ] = None,
    for_: Annotated[str, typer.Option("--for", help="How long, such as 2h or 1d12h.")] = "2h",
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    by: By = "",
    end: Annotated[int | None, typer.Option(help="End the silence of this number.")] = None,
) -> None:
    """Send nothing of the series that match, for a time; without arguments show the silences."""
    from influx_pipelines.alerts.instants import utc_now
    from influx_pipelines.alerts.silences import add_silence, end_silence

    now = utc_now()
    with alert_database() as database, database.session() as session:
        if end is not None and not end_silence(session, end, now):
            raise typer.BadParameter(f"there is no silence {end} that still lasts")
        if matchers:
            named, ends = _matchers(matchers), now + _length(for_)
            person = by or getpass.getuser()
            made = add_silence(
                session, named, starts_at=now, ends_at=ends, reason=reason, by=person
            )
            out.print(f"Silence {made.id} lasts until {made.ends_at:%Y-%m-%d %H:%M} UTC.")
    _show_silences()


def _show_silences() -> None:
    from influx_pipelines.alerts.instants import utc_now
    from influx_pipelines.alerts.silences import lasting_silences

    table = _table("number", "matches", "from", "until", "by", "reason")
    with alert_database() as database, database.reading() as session:
        for one in lasting_silences(session, utc_now()):
            matches = " ".join(f"{name}={value}" for name, value in one.matchers.items())
            times = (f"{at:%Y-%m-%d %H:%M}" for at in (one.starts_at, one.ends_at))
            by, reason = escape(one.created_by), escape(one.reason)
            table.add_row(str(one.id), escape(matches), *times, by, reason)
    out.print(table if table.row_count else "Nothing is silent.")


def _organisation() -> str:
    return known_connection(load_settings()).org


def _matchers(texts: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{text!r}: write NAME=VALUE")
        found[name] = value
    return found


def _length(text: str) -> timedelta:
    try:
        seconds = parse_flux(text).seconds
    except DurationError as error:
        raise typer.BadParameter(f"--for: {error}") from None
    if not 0 < seconds <= MAX_SILENCE.total_seconds():
        raise typer.BadParameter(f"--for: more than nothing, {MAX_SILENCE.days} days at most")
    return timedelta(seconds=seconds)


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, header_style="bold", pad_edge=False)


def _coloured(level: str) -> str:
    return f"[{COLOURS[level]}]{level}[/]"
