"""Writing to a server that keeps what it gets, and reading it back: embedded, or `INFLUXDB_URL`.

It works in an organization `bench-<random>` of its own, which is deleted afterwards; so the token
of `INFLUXDB_TOKEN` has to be an operator's. A file `.env` is not looked at: nobody means to measure
the server that he works with.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from benchmarks import frames, ours, peers
from benchmarks.result import Result, in_turns
from benchmarks.sizes import Size
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import Settings

TIMEOUT = 600.0
START = datetime(2026, 1, 1, tzinfo=UTC)
FLUX = f"""
from(bucket: "theirs0")
    |> range(start: {START:%Y-%m-%dT%H:%M:%SZ})
    |> filter(fn: (r) => r._measurement == "m")
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
"""


def run(size: Size) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), timeout=TIMEOUT, _env_file=None)  # type: ignore[call-arg]
        with (
            running_server(settings) as connection,
            _organization(connection.client(settings)) as (org, token),
            replace(connection, org=org, token=token).client(settings) as client,
        ):
            embedded = connection.kind == "embedded"
            for found in (*_writing(client, size, embedded), *_reading(client, size, embedded)):
                yield replace(found, name=f"{connection.kind} server: {found.name}")


@contextmanager
def _organization(operator: Influx) -> Iterator[tuple[str, str]]:
    """Its name, and a token of its own: InfluxQL reads the organization of the token."""
    name = f"bench-{secrets.token_hex(6)}"
    with operator:
        made = operator.request("POST", "/api/v2/orgs", json={"name": name})
        rights = [
            {"action": action, "resource": {"type": kind, "orgID": made["id"]}}
            for action in ("read", "write")
            for kind in ("buckets", "dbrp")
        ]
        rights.append({"action": "read", "resource": {"type": "orgs", "id": made["id"]}})
        body = {"orgID": made["id"], "permissions": rights}
        try:
            token = operator.request("POST", "/api/v2/authorizations", json=body)["token"]
            yield name, token
        finally:
            operator.request("DELETE", f"/api/v2/orgs/{made['id']}")


def _writing(client: Influx, size: Size, embedded: bool) -> Iterator[Result]:
    """Into a fresh bucket each time: points that are there already cost a server less or more."""
    frame = frames.wide(size.server_rows)
    numbers = {"ours": count(), "theirs": count()}

    def fresh(whose: str) -> str:
        return client.create_bucket(f"{whose}{next(numbers[whose])}", retention_seconds=0).name

    contenders = {
        "ours": lambda: ours.write(client, frame, bucket=fresh("ours")),
        "theirs": lambda: peers.write(client.official, fresh("theirs"), frame),
    }
    took = in_turns(contenders, size)
    mine, theirs = took["ours"], took["theirs"]
    name, against = f"write {size.server_rows:,} wide rows", "influxdb-client SYNCHRONOUS"
    wall, cpu = (None, 5) if embedded else (3, 15)
    yield Result(name, mine.wall, theirs.wall, against, times=wall)
    yield Result(f"{name}, client", mine.cpu, theirs.cpu, against, times=cpu, unit="s CPU")


def _reading(client: Influx, size: Size, embedded: bool) -> Iterator[Result]:
    """A frame with a column a field, of the whole measurement."""
    contenders = {
        "ours": lambda: client.read("theirs0", "m", start=START).pandas(),
        "theirs": lambda: peers.query_frame(client.official, FLUX),
    }
    if not embedded:  # which refuses the SELECT of InfluxQL
        mapped = client.find_bucket("theirs0")
        assert mapped is not None
        client.create_dbrp(mapped.id, "theirs0", "all")
        contenders["influxql"] = lambda: client.read(
            "theirs0", "m", start=START, via="influxql"
        ).pandas()
    took = in_turns(contenders, size)
    name, theirs = f"read {size.server_rows:,} wide rows", took["theirs"].wall
    times = None if embedded else 3
    yield Result(name, took["ours"].wall, theirs, "query_data_frame", times=times)
    if "influxql" in took:
        name = f"{name}, InfluxQL"
        yield Result(name, took["influxql"].wall, theirs, "query_data_frame", times=5)
