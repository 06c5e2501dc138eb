"""Any valid line protocol that is written over HTTP comes back through a Flux query."""

from __future__ import annotations

import csv
import io
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.linewriter import Line, lines

TYPES = {
    "double": ("float", float),
    "long": ("int", int),
    "unsignedLong": ("uint", int),
    "boolean": ("bool", lambda text: text == "true"),
    "string": ("string", str),
}
FLUX = """
    from(bucket: "{}")
        |> range(start: 1677-09-21T00:12:43.145224194Z, stop: 2262-04-11T23:47:16.854775806Z)
        |> drop(columns: ["_start", "_stop"])
"""


def nanoseconds(text: str) -> int:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    since = datetime.fromisoformat(whole).replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(seconds=1) * 1_000_000_000 + int(fraction.ljust(9, "0"))


def normal(value: Any) -> Any:
    """The encoder of the answer writes line breaks in a text anew."""
    return value.replace("\r\n", "\n").replace("\r", "") if isinstance(value, str) else value


def rows(text: str) -> set[tuple[Any, ...]]:
    """Measurement, field, tags, type, value and time of each row of annotated CSV."""
    found: set[tuple[Any, ...]] = set()
    types: list[str] = []
    header: list[str] = []
    for row in csv.reader(io.StringIO(text, newline=""), strict=True):
        if row and row[0] == "#datatype":
            types, header = row, []
        elif row and not header:
            header = row
        elif row:
            cells = dict(zip(header[3:], row[3:], strict=True))
            kind, read = TYPES[types[header.index("_value")]]
            time, value = nanoseconds(cells.pop("_time")), normal(read(cells.pop("_value")))
            names = cells.pop("_measurement"), cells.pop("_field")
            found.add((*names, tuple(sorted(cells.items())), kind, value, time))
    return found


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(written=st.lists(lines(), min_size=1, max_size=5, unique_by=lambda line: line.measurement))
def test_what_is_written_comes_back(influx: Influx, written: list[Line]) -> None:
    bucket = influx.create_bucket(f"b{secrets.token_hex(6)}", retention_seconds=0).name
    params = {"org": influx.org, "bucket": bucket}
    body = "\n".join(line.text for line in written).encode()
    assert influx.transport.send("POST", "/api/v2/write", params=params, body=body).status == 204
    query = {"query": FLUX.format(bucket), "dialect": {"annotations": ["datatype"]}}
    answer = influx.transport.send(
        "POST", "/api/v2/query", params={"org": influx.org}, body=json.dumps(query).encode()
    )
    assert rows(answer.body.decode()) == {
        (line.measurement, name, tuple(sorted(line.tags.items())), kind, normal(value), line.time)
        for line in written
        for name, (kind, value) in line.fields.items()
    }
