"""The server's own process: one owner of the data folder, loopback only, a clean end."""

from __future__ import annotations

import gc
import ipaddress
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path

import uvicorn
from filelock import AcquireReturnProxy, FileLock, Timeout

from influx_pipelines.embedded.database import Database
from influx_pipelines.embedded.http.app import application
from influx_pipelines.embedded.http.call import Service
from influx_pipelines.embedded.outbound import Outbound
from influx_pipelines.embedded.points import Points
from influx_pipelines.embedded.tasks.runner import Runner


class ServerError(Exception):
    """Why the server does not start, in a sentence for its user."""


def check_loopback(host: str) -> None:
    """Refuse an address that others could reach.

    Raises:
        ServerError: saying so.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ServerError(
            f"The embedded server listens on loopback only (127.0.0.1), not on {host}: it is made "
            "for this machine. Run a real InfluxDB to serve others."
        )


def serve(host: str, port: int, data: Path, outbound: Outbound, *, scheduling: bool = True) -> None:
    """Serve until SIGTERM or SIGINT; with `scheduling`, tasks run at their times.

    Raises:
        ServerError: not a loopback address, another process has this data folder, or the folder
            or its database cannot be used.
    """
    check_loopback(host)
    held = _own(data)
    # uvicorn raises the signal again once it has stopped: that is the clean end, not a failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    # Rows are many small tuples without cycles: look for these less often than Python does.
    gc.set_threshold(100_000, 50, 100)
    with held:
        database = _database(data / "influx.sqlite")
        service = Service(database, Points(database), outbound)
        service.tasks = Runner(service, scheduling=scheduling)
        config = uvicorn.Config(
            application(service),
            host=host,
            port=port,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=3,
        )
        service.tasks.start()
        try:
            _Server(config, data).run()
        finally:
            service.tasks.stop()


def _own(data: Path) -> AcquireReturnProxy:
    """The data folder, made when it is new, and nobody else's until the end."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        return FileLock(data / "owner.lock", timeout=0).acquire()
    except Timeout:
        raise ServerError(f"Another embedded server runs on {data}: stop it first.") from None
    except OSError as error:
        raise ServerError(
            f"The folder {data} cannot be used ({error.strerror}): give another one with --data."
        ) from None


def _database(path: Path) -> Database:
    try:
        return Database(path)
    except sqlite3.DatabaseError as error:
        raise ServerError(
            f"{path} cannot be read ({error}). Put a copy of yours in its place, or move the file "
            "away: the server then begins empty."
        ) from None


class _Server(uvicorn.Server):
    """Writes where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, data: Path) -> None:
        super().__init__(config)
        self.file = data / "server.json"

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Listen, then tell the port."""
        await super().startup()
        if not self.started:
            return
        port = self.servers[0].sockets[0].getsockname()[1]
        url = f"http://{self.config.host}:{port}"
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as out:
            json.dump({"url": url, "pid": os.getpid()}, out)
        print(f"embedded InfluxDB at {url}", flush=True)  # noqa: T201
