"""Reading raw points through InfluxQL: wide and lean as the server writes them, without a pivot.

It needs a default DBRP mapping of the bucket.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from influx_pipelines.influx import answers
from influx_pipelines.influx.errors import NotFound, QueryFailed
from influx_pipelines.influx.mappings import MappingCalls
from influx_pipelines.influx.models import Dbrp
from influx_pipelines.influx.reading.parsing import CATEGORY, TIME
from influx_pipelines.influx.reading.v1csv import parse, whole
from influx_pipelines.influx.retry import retrying

PATH = "/query"
TYPES = {
    "float": pa.float64(),
    "integer": pa.int64(),
    "unsigned": pa.uint64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
}


@dataclass(frozen=True)
class Selection:
    """What to read: a measurement, its fields (None for all), tag values, nanoseconds."""

    bucket_id: str
    measurement: str
    fields: Sequence[str] | None
    tags: Mapping[str, Sequence[str]]
    start: int
    stop: int


def select(session: MappingCalls, wanted: Selection) -> pa.Table:
    """One wide table: `_time`, tags as dictionaries, fields; an empty text is null.

    Raises:
        NotFound: the bucket has no default mapping, or the measurement no such field.
        QueryFailed: a field has two types, or the server failed.
        IncompleteRead: the answer broke off.
    """
    mapping = default_mapping(session, wanted.bucket_id)
    fields = _fields(session, mapping, wanted)
    tags = _tags(session, mapping, wanted.measurement)
    end = f"SHOW MEASUREMENTS WITH MEASUREMENT = {_name(wanted.measurement)}"
    text = _send(
        session, mapping, f"{statement(mapping, wanted, tags, list(fields))}; {end}", "text/csv"
    )
    types = {"_time": TIME, **dict.fromkeys(tags, CATEGORY), **fields}
    return parse(whole(text, wanted.measurement), types)


def default_mapping(session: MappingCalls, bucket_id: str) -> Dbrp:
    """The mapping under which InfluxQL finds the bucket; only the default one lists its tags.

    Raises:
        NotFound: there is none.
    """
    found = [d for d in session.dbrps() if d.bucket_id == bucket_id and d.default]
    if not found:
        raise NotFound(
            f"The bucket {bucket_id} has no default DBRP mapping, so InfluxQL does not find it: "
            "make one, or read without via='influxql'."
        )
    return min(found, key=lambda mapping: mapping.virtual)


def statement(mapping: Dbrp, wanted: Selection, tags: Sequence[str], fields: Sequence[str]) -> str:
    """The SELECT: each column named with its kind, since a tag and a field may share a name."""
    columns = [f"{_name(tag)}::tag" for tag in tags]
    columns += [f"{_name(field)}::field" for field in fields]
    conditions = [f"time >= {wanted.start}", f"time < {wanted.stop}"]
    for tag, values in wanted.tags.items():
        choices = " OR ".join(f"{_name(tag)}::tag = {_text(value)}" for value in values)
        conditions.append(f"({choices})" if len(values) > 1 else choices)
    source = _source(mapping, wanted.measurement)
    return f"SELECT {', '.join(columns)} FROM {source} WHERE {' AND '.join(conditions)}"


def _source(mapping: Dbrp, measurement: str) -> str:
    return f"{_name(mapping.retention_policy)}.{_name(measurement)}"


def _fields(session: MappingCalls, mapping: Dbrp, wanted: Selection) -> dict[str, pa.DataType]:
    source = _source(mapping, wanted.measurement)
    listed = _show(session, mapping, f"SHOW FIELD KEYS FROM {source}")
    kinds: dict[str, set[str]] = {}
    for name, kind in listed:
        kinds.setdefault(name, set()).add(kind)
    names = sorted(kinds) if wanted.fields is None else list(wanted.fields)
    unknown = [name for name in names if name not in kinds]
    if unknown or not names:
        raise NotFound(
            f"The measurement {wanted.measurement!r} has no field "
            f"{', '.join(map(repr, unknown)) or 'at all'}; it has {', '.join(sorted(kinds))}."
        )
    mixed = [name for name in names if len(kinds[name]) > 1]
    if mixed:
        raise QueryFailed(
            f"The field {mixed[0]!r} is {' and '.join(sorted(kinds[mixed[0]]))} in different "
            "shards, which InfluxQL would mix: read without via='influxql'."
        )
    return {name: TYPES[next(iter(kinds[name]))] for name in names}


def _tags(session: MappingCalls, mapping: Dbrp, measurement: str) -> list[str]:
    listed = _show(session, mapping, f"SHOW TAG KEYS FROM {_name(measurement)}")
    return sorted(name for name, *_ in listed)


def _show(session: MappingCalls, mapping: Dbrp, text: str) -> list[list[Any]]:
    """The values of a SHOW statement."""
    result = json.loads(_send(session, mapping, text, "application/json"))["results"][0]
    if "error" in result:
        raise QueryFailed(f"{text}: {result['error']}")
    return [values for series in result.get("series", ()) for values in series["values"]]


def _send(session: MappingCalls, mapping: Dbrp, text: str, kind: str) -> bytes:
    params = {"db": mapping.database, "rp": mapping.retention_policy, "epoch": "ns"}
    headers = {"Accept": kind, "Content-Type": "application/vnd.influxql"}

    def once() -> bytes:
        answer = session.transport.send(
            "POST", PATH, params=params, body=text.encode(), headers=headers
        )
        if answer.status >= 300:
            url = session.url + PATH
            raise answers.error_of("POST", url, answer.status, answer.headers, answer.body)
        return answer.body

    return retrying(once, session.retry_seconds)


def _name(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
