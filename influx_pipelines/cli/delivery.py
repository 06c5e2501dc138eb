"""`influx-pipelines alerts deliver` and `test-delivery`: messages to people."""

from __future__ import annotations

import logging
from threading import Event
from time import monotonic
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines.cli.alertstore import alert_database
from influx_pipelines.cli.console import err, out
from influx_pipelines.cli.heartbeats import EVERY_SECONDS, look_at_daemons
from influx_pipelines.cli.server import stop_signals
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.settings import Settings, load_settings

if TYPE_CHECKING:
    from influx_pipelines.alerts.database import Database


def deliver(
    follow: Annotated[bool, typer.Option("--follow", help="Go on until stopped.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 5.0,
    dead_letters: Annotated[
        bool, typer.Option("--dead-letters", help="Try again what was given up, too.")
    ] = False,
) -> None:
    """Send the messages that are due; any number of processes may do so at once.

    Where schedules and sensors should run, Dagster's daemons are looked at before.
    """
    from influx_pipelines.alerts.delivery.leases import revive
    from influx_pipelines.alerts.instants import utc_now

    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    settings = load_settings()
    with alert_database() as database:
        if dead_letters:
            with database.session() as session:
                out.print(f"{revive(session, utc_now())} dead letters are tried again.")
        if follow:
            with stop_signals() as stop:
                _follow(settings, database, every, stop)
            return
        look_at_daemons(settings, database)
        if not _deliver(settings, database):
            raise typer.Exit(1)


def test_delivery(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names of channels; all when none is given.")
    ] = None,
) -> None:
    """Send a test message over each channel, and say what came of it."""
    from influx_pipelines.alerts.delivery.load import load_config
    from influx_pipelines.alerts.delivery.message import sample_message
    from influx_pipelines.alerts.delivery.send import send

    settings = load_settings()
    channels = {channel.name: channel for channel in load_config(settings.estate).channels}
    for name in names or ():
        if name not in channels:
            raise typer.BadParameter(f"there is no channel {name!r} in alerts.yaml")
    if not channels:
        out.print("No channel is declared in alerts.yaml: nobody is told of anything.")
        return
    table = Table("channel", "sent", "outcome", box=None, header_style="bold", pad_edge=False)
    failed = False
    for name in names or channels:
        message = sample_message(str(uuid4()))
        outcome = send(channels[name], message, settings.secret_command)
        failed = failed or not outcome.sent
        table.add_row(escape(name), "yes" if outcome.sent else "no", escape(outcome.text))
    out.print(table)
    if failed:
        raise typer.Exit(1)


def _deliver(settings: Settings, database: Database, stop: Event | None = None) -> bool:
    """One pass; False when something was not sent."""
    from influx_pipelines.alerts.delivery.load import load_config
    from influx_pipelines.alerts.delivery.worker import deliver_due

    done = deliver_due(
        database,
        load_config(settings.estate),
        secret_command=settings.secret_command,
        stopping=stop.is_set if stop else None,
    )
    if stop is None or done.sent or done.failed or done.dead:
        out.print(f"{done.sent} sent, {done.failed} to be tried again, {done.dead} given up")
    return not (done.failed or done.dead)


def _follow(settings: Settings, database: Database, every: float, stop: Event) -> None:
    """Pass after pass; a file that is broken for a while, or a database away, stops nothing."""
    from sqlalchemy.exc import DBAPIError

    looked = float("-inf")
    while not stop.is_set():
        try:
            if monotonic() - looked >= EVERY_SECONDS:
                look_at_daemons(settings, database)
                looked = monotonic()
            _deliver(settings, database, stop)
        except EstateError as error:
            err.print(str(error), markup=False)
        except DBAPIError as error:
            err.print(f"The database of the alerts failed: {error.orig}".strip(), markup=False)
        stop.wait(every)
