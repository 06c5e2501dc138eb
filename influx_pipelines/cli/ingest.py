"""`influx-pipelines ingest weather|ci`: one pass over a source, without Dagster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines.cli.console import out
from influx_pipelines.cli.ingest_ci import ci
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import Settings, SettingsError, load_settings
from influx_pipelines.sources.weather.current import Asked, ask, write_observations
from influx_pipelines.sources.weather.days import due_days, stored_days
from influx_pipelines.sources.weather.history import Fetched, fetch_history, requests_for
from influx_pipelines.sources.weather.locations import Location, load_locations
from influx_pipelines.sources.weather.provider import current_provider, open_meteo

app = typer.Typer(help="Fetch what a source has and the server has not.", no_args_is_help=True)
app.command("ci")(ci)


@app.callback()
def ingest() -> None:
    """Fetch what a source has and the server has not."""


@app.command("weather")
def weather() -> None:
    """The present weather of each place, and the days of its history that are missing."""
    settings = load_settings()
    locations = load_locations(settings.estate)
    if not locations:
        out.print("No place is declared in estate/locations.yaml: there is nothing to fetch.")
        return
    with running_server(settings) as connection, connection.client(settings) as client:
        if client.find_bucket(settings.weather_bucket) is None:
            raise SettingsError(
                f"INFLUX_PIPELINES_WEATHER_BUCKET: there is no bucket {settings.weather_bucket!r}. "
                "Make the declared ones by `influx-pipelines apply`, or name another one."
            )
        asked = _current(settings, client, locations)
        fetched = _history(settings, client, locations)
    out.print(_table(locations, asked, fetched))
    errors = {one.location.name: one.error for one in asked if one.error is not None}
    errors |= {one.request.location.name: one.error for one in fetched if one.error is not None}
    for name, error in errors.items():
        out.print(f"[bold red]{escape(name)}[/] {escape(str(error))}")
    if errors:
        raise typer.Exit(1)


def _current(settings: Settings, client: Influx, locations: list[Location]) -> list[Asked]:
    with current_provider(settings) as provider:
        asked = []
        for number, one in enumerate(ask(provider, locations), 1):
            name = escape(one.location.name)
            out.print(f"place {number}/{len(locations)}  {name}  {one.source}")
            asked.append(one)
    write_observations(client, settings.weather_bucket, asked)
    return asked


def _history(settings: Settings, client: Influx, locations: list[Location]) -> list[Fetched]:
    today = datetime.now(UTC).date()
    first, last = settings.weather_since, today - timedelta(days=1)
    stored = stored_days(client, settings.weather_bucket, first, last)
    requests = requests_for(due_days(locations, stored, first, last, today), today)
    with open_meteo(settings) as provider:
        fetched = []
        work = fetch_history(client, settings.weather_bucket, provider, requests)
        for number, one in enumerate(work, 1):
            what = one.request
            name = escape(what.location.name)
            out.print(f"days {number}/{len(requests)}  {name}  {what.first} to {what.last}")
            fetched.append(one)
    return fetched


def _table(locations: list[Location], asked: list[Asked], fetched: list[Fetched]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("Location", "Observed", "°C", "Weather", "Hours of history written"):
        table.add_column(column, justify="right" if column == "°C" else "left")
    for place in locations:
        now = next((one.observation for one in asked if one.location == place), None)
        hours = sum(sum(one.hours.values()) for one in fetched if one.request.location == place)
        table.add_row(
            escape(place.name),
            f"{now.time:%Y-%m-%d %H:%M}" if now else "failed",
            f"{now.temperature:.1f}" if now else "",
            escape(now.weather_main or "") if now else "",
            f"{hours:,}",
        )
    return table
