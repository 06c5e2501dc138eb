"""All that a bucket holds, read by nothing of ours but the connection."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

from influx_pipelines.influx.client import Influx

Value = tuple[str, str, str, str, str, tuple[tuple[str, str], ...]]


def contents(influx: Influx, bucket: str, start: datetime, days: int) -> set[Value]:
    """Measurement, field, type, time, value and tags of every value, a day at a time.

    A query over shard groups in which a field has different types would not find all of it.
    """
    found: set[Value] = set()
    for day in range(days):
        begin = start.astimezone(UTC) + timedelta(days=day)
        found |= _values(_answer(influx, bucket, begin, begin + timedelta(days=1)))
    return found


def _answer(influx: Influx, bucket: str, start: datetime, stop: datetime) -> str:
    flux = (
        f"from(bucket: {json.dumps(bucket)})"
        f" |> range(start: {start:%Y-%m-%dT%H:%M:%SZ}, stop: {stop:%Y-%m-%dT%H:%M:%SZ})"
    )
    dialect = {"annotations": ["datatype", "group", "default"]}
    body = json.dumps({"query": flux, "type": "flux", "dialect": dialect}).encode()
    headers = {"Content-Type": "application/json"}
    answer = influx.transport.send(
        "POST", "/api/v2/query", params={"org": influx.org}, body=body, headers=headers
    )
    assert answer.status == 200, answer.body
    return answer.body.decode()


def _values(text: str) -> set[Value]:
    types: list[str] = []
    names: list[str] = []
    found: set[Value] = set()
    for row in csv.reader(io.StringIO(text, newline="")):
        if not row or row == [""]:
            names = []
        elif row[0] == "#datatype":
            types, names = row, []
        elif row[0].startswith("#"):
            continue
        elif not names:
            names = row
            assert names[3:9] == "_start _stop _time _value _field _measurement".split()
        else:
            tags = tuple(zip(names[9:], row[9:], strict=True))
            found.add((row[8], row[7], types[6], row[5], row[6].replace("\r\n", "\n"), tags))
    return found
