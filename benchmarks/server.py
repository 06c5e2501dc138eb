"""Writing to a server that keeps what it gets, and reading it back: embedded, or `INFLUXDB_URL`.

It works in an organization `bench-<random>` of its own, which is deleted afterwards; so the token
of `INFLUXDB_TOKEN` has to be an operator's.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks import frames, ours, peers
from benchmarks.result import Result, in_turns
from benchmarks.sizes import Size
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.choose import running_server
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import load_settings

START = "2026-01-01T00:00:00Z"
FLUX = f"""
from(bucket: "theirs0")
    |> range(start: {START})
    |> filter(fn: (r) => r._measurement == "m")
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
"""


def run(size: Size) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as home:
        settings = load_settings()
        if settings.url is None:
            settings = settings.model_copy(update={"home": Path(home)})
        with running_server(settings) as connection, _organization(connection) as org:
            options = {"verify_ssl": settings.verify_ssl, "ssl_ca_cert": settings.ssl_ca_cert}
            with (
                ours.client(connection.url, connection.token, org) as client,
                peers.official(connection.url, connection.token, org, **options) as official,
            ):
                yield from _writing(client, official, size, connection)
                yield _reading(client, official, size, connection)


@contextmanager
def _organization(connection: Connection) -> Iterator[str]:
    name = f"bench-{secrets.token_hex(6)}"
    with ours.client(connection.url, connection.token, connection.org) as operator:
        made = operator.request("POST", "/api/v2/orgs", json={"name": name})
        try:
            yield name
        finally:
            operator.request("DELETE", f"/api/v2/orgs/{made['id']}")


def _writing(client: Influx, official: Any, size: Size, connection: Connection) -> Iterator[Result]:
    """Into a fresh bucket each time: points that are there already cost a server less or more."""
    frame = frames.wide(size.server_rows)
    numbers = {"ours": count(), "theirs": count()}

    def fresh(whose: str) -> str:
        return client.create_bucket(f"{whose}{next(numbers[whose])}", retention_seconds=0).name

    contenders = {
        "ours": lambda: ours.write(client, frame, bucket=fresh("ours")),
        "theirs": lambda: peers.write(official, fresh("theirs"), frame),
    }
    took = in_turns(contenders, size)
    mine, theirs = took["ours"], took["theirs"]
    name = f"{connection.kind} server: write {size.server_rows:,} wide rows"
    against = "influxdb-client SYNCHRONOUS"
    wall, cpu = (None, 5) if connection.kind == "embedded" else (3, 15)
    yield Result(name, mine.wall, theirs.wall, against, times=wall)
    yield Result(f"{name}, client", mine.cpu, theirs.cpu, against, times=cpu, unit="s CPU")


def _reading(client: Influx, official: Any, size: Size, connection: Connection) -> Result:
    """A frame with a column a field, of the whole measurement."""
    from datetime import datetime

    start = datetime.fromisoformat(START)
    contenders = {
        "ours": lambda: client.read("theirs0", "m", start=start).pandas(),
        "theirs": lambda: peers.query_frame(official, FLUX),
    }
    took = in_turns(contenders, size)
    name = f"{connection.kind} server: read {size.server_rows:,} wide rows"
    times = None if connection.kind == "embedded" else 3
    return Result(name, took["ours"].wall, took["theirs"].wall, "query_data_frame", times=times)
