"""Find the server to use, or start one: `INFLUXDB_URL`, else `influxd` on PATH, else embedded."""

from __future__ import annotations

import json
import logging
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from filelock import FileLock, Timeout

from influx_pipelines.server import commands, process
from influx_pipelines.server.connection import (
    Connection,
    Kind,
    given_connection,
    known_connection,
    remember,
)
from influx_pipelines.settings import Settings, SettingsError

log = logging.getLogger(__name__)
ORG = "influx_pipelines"


@contextmanager
def running_server(settings: Settings) -> Iterator[Connection]:
    """A server that answers, for the length of the block; one that we start here is stopped again.

    Raises:
        SettingsError: a variable is missing beside `INFLUXDB_URL`.
        StartError: a server could not be started.
    """
    given = given_connection(settings)
    if given is not None:
        log.info("InfluxDB: %s (INFLUXDB_URL)", given.url)
        yield given
        return
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = FileLock(settings.home / "server.lock")
    try:
        held = owner.acquire(timeout=0)
    except Timeout:
        yield _wait_for_the_other(settings)
        return
    with held:
        connection, child = _start(settings)
        log.info("InfluxDB: %s (%s, started here)", connection.url, connection.kind)
        try:
            yield connection
        finally:
            if child is not None:
                process.stop(child)


def _wait_for_the_other(settings: Settings) -> Connection:
    """Another command of ours holds the server; it is ready when it answers."""
    with FileLock(settings.home / "start.lock", timeout=process.START_SECONDS):
        connection = known_connection(settings)
    if not process.is_healthy(connection.url):
        raise process.StartError(
            f"Another command holds {settings.home / 'server.lock'}, but no InfluxDB answers at "
            f"{connection.url}. Wait for it to end, then try again."
        )
    log.info("InfluxDB: %s (%s, already running)", connection.url, connection.kind)
    return connection


def _start(settings: Settings) -> tuple[Connection, subprocess.Popen[bytes] | None]:
    influxd = commands.find_influxd()
    kind: Kind = "influxd" if influxd else "embedded"
    data = settings.home / kind
    logfile = settings.home / "logs" / f"{kind}.log"
    with FileLock(settings.home / "start.lock", timeout=process.START_SECONDS):
        before = _before(settings, kind)
        if before is not None and process.is_healthy(before.url):
            return before, None  # left behind by a command that was killed
        port = process.free_port(urlsplit(before.url).port if before else None)
        url = f"http://127.0.0.1:{port}"
        command, env = (
            commands.influxd_command(influxd, data, port)
            if influxd
            else commands.embedded_command(data, port, settings.embedded_options)
        )
        child = process.start(command, logfile, env)
        try:
            process.wait_until_healthy(url, child, logfile)
            connection = _set_up(settings, url, kind, before, data)
        except BaseException:
            process.stop(child)
            raise
    return connection, child


def _before(settings: Settings, kind: Kind) -> Connection | None:
    """The record of the last start, when it was of the same kind."""
    try:
        before = known_connection(settings)
    except SettingsError:
        return None
    return before if before.kind == kind else None


def _set_up(
    settings: Settings, url: str, kind: Kind, before: Connection | None, data: Path
) -> Connection:
    """Do the first setup of a fresh server; of an older one the token is on record."""
    answer = urllib3.request("GET", f"{url}/api/v2/setup", timeout=10.0, retries=False).json()
    if not answer["allowed"]:
        if before is None:
            raise process.StartError(
                f"The server of {data} was set up before, but the record of its token is gone. "
                f"Move {data} away to begin with an empty server."
            )
        connection = Connection(url, before.org, kind, before.token)
        remember(settings, connection)
        return connection
    connection = Connection(url, ORG, kind, secrets.token_urlsafe(32))
    remember(settings, connection)  # before the setup: a token that nobody knows is of no use
    _first_setup(connection)
    return connection


def _first_setup(connection: Connection) -> None:
    body = {
        "username": "influx_pipelines",
        "password": secrets.token_urlsafe(32),
        "org": connection.org,
        "bucket": "default",
        "token": connection.token,
    }
    answer = urllib3.request(
        "POST",
        f"{connection.url}/api/v2/setup",
        body=json.dumps(body),
        headers={"Content-Type": "application/json"},
        timeout=30.0,
        retries=False,
    )
    if answer.status != 201:
        raise process.StartError(f"Setting up {connection.url} failed: status {answer.status}.")
