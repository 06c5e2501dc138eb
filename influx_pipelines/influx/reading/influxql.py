"""Reading raw points through InfluxQL: wide and lean as the server writes them, without a pivot.

It needs a default DBRP mapping of the bucket.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from influx_pipelines.flux.durations import Duration
from influx_pipelines.influx import answers
from influx_pipelines.influx.errors import NotFound, QueryFailed
from influx_pipelines.influx.models import Dbrp
from influx_pipelines.influx.reading.datatypes import CATEGORY, TIME
from influx_pipelines.influx.reading.selection import Bound, Selection
from influx_pipelines.influx.reading.shape import free_name
from influx_pipelines.influx.reading.v1csv import parse, whole
from influx_pipelines.influx.retry import retrying

if TYPE_CHECKING:
    from influx_pipelines.influx.data import DataCalls

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PATH = "/query"
TYPES = {
    "float": pa.float64(),
    "integer": pa.int64(),
    "unsigned": pa.uint64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
}


def read(client: DataCalls, selection: Selection) -> pa.Table:
    """One wide table in the order of time: `_time`, tags as dictionaries, fields.

    Raises:
        NotFound: there is no such bucket, or it has no default mapping.
        QueryFailed: a field has two types, or the server failed.
        IncompleteRead: the answer broke off.
        ValueError: the selection is none that InfluxQL answers alike, or the token is of another
            organisation.
    """
    start, stop = (_nanoseconds(bound) for bound in (selection.start, selection.stop))
    if selection.every is not None:
        raise ValueError("every: via='influxql' reads the points themselves")
    refuse_another_organization(client)
    mapping = default_mapping(client, selection.bucket)
    fields = _fields(client, mapping, selection)
    tags = _tags(client, mapping, selection.measurement)
    columns: dict[str, pa.DataType] = {"_time": TIME, **dict.fromkeys(tags, CATEGORY)}
    for name, kind in fields.items():
        columns[free_name(name, columns)] = kind
    if not fields:
        return pa.schema(list(columns.items())).empty_table()
    wanted = statement(mapping, selection, (start, stop), tags, list(fields))
    end = f"SHOW MEASUREMENTS WITH MEASUREMENT = {_name(selection.measurement)}"
    text = _send(client, mapping, f"{wanted}; {end}", "text/csv")
    found = parse(whole(text, selection.measurement), columns)
    # A tag or field without a value in this time is no column, as in Flux.
    unused = [name for name in found.column_names if found.column(name).null_count == len(found)]
    return found.drop_columns([name for name in unused if name != "_time"])


def refuse_another_organization(client: DataCalls) -> None:
    """Refuse a token of another organisation: InfluxQL reads that of the token (seen on 2.9.1).

    A token that sees only the client's organisation belongs to it. One that sees several is told
    by the list of tokens, which holds its text before 2.9.

    Raises:
        ValueError: the token is of another organisation, or nobody can tell.
    """
    if len(client.request("GET", "/api/v2/orgs", params={"limit": 2})["orgs"]) < 2:
        return
    listed = client.request("GET", "/api/v2/authorizations")["authorizations"]
    owners = [raw["orgID"] for raw in listed if raw.get("token") == client.transport.token]
    if owners != [client.org_id]:
        raise ValueError(
            "via: InfluxQL reads the organization of the token, and this token sees several: use "
            f"one that is of {client.org!r} alone, or read without via='influxql'"
        )


def default_mapping(client: DataCalls, bucket: str) -> Dbrp:
    """The mapping under which InfluxQL finds the bucket; only the default one lists its tags.

    Raises:
        NotFound: there is no such bucket, or no mapping.
    """
    known = client.find_bucket(bucket)
    if known is None:
        raise NotFound(f"There is no bucket {bucket!r}, or the token may not read it.")
    found = [d for d in client.dbrps() if d.bucket_id == known.id and d.default]
    if not found:
        raise NotFound(
            f"The bucket {bucket!r} has no default DBRP mapping, so InfluxQL does not find it: "
            "make one, or read without via='influxql'."
        )
    return min(found, key=lambda mapping: mapping.virtual)


def statement(
    mapping: Dbrp,
    selection: Selection,
    times: tuple[int, int],
    tags: Sequence[str],
    fields: Sequence[str],
) -> str:
    """The SELECT: each column named with its kind, since a tag and a field may share a name."""
    columns = [f"{_name(tag)}::tag" for tag in tags]
    columns += [f"{_name(field)}::field" for field in fields]
    conditions = [f"time >= {times[0]}", f"time < {times[1]}"]
    for tag, values in selection.tags.items():
        choices = " OR ".join(f"{_name(tag)}::tag = {_text(value)}" for value in values)
        conditions.append(f"({choices})" if len(values) > 1 else choices)
    source = _source(mapping, selection.measurement)
    return f"SELECT {', '.join(columns)} FROM {source} WHERE {' AND '.join(conditions)}"


def _nanoseconds(bound: Bound | None) -> int:
    """A bound in the time of InfluxQL, which knows no months."""
    now = datetime.now(UTC) if not isinstance(bound, datetime) else bound
    since = now - EPOCH
    moment = (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1_000
    if isinstance(bound, Duration):
        if bound.months:
            raise ValueError("start, stop: via='influxql' takes no months: write days or a time")
        return moment + bound.nanoseconds
    return moment + getattr(bound, "nanosecond", 0)


def _source(mapping: Dbrp, measurement: str) -> str:
    return f"{_name(mapping.retention_policy)}.{_name(measurement)}"


def _fields(client: DataCalls, mapping: Dbrp, selection: Selection) -> dict[str, pa.DataType]:
    """The fields that are asked for and there, with their types."""
    source = _source(mapping, selection.measurement)
    kinds: dict[str, set[str]] = {}
    for name, kind in _show(client, mapping, f"SHOW FIELD KEYS FROM {source}"):
        kinds.setdefault(name, set()).add(kind)
    names = sorted(kinds) if selection.fields is None else selection.fields
    mixed = [name for name in names if len(kinds.get(name, ())) > 1]
    if mixed:
        raise QueryFailed(
            f"The field {mixed[0]!r} is {' and '.join(sorted(kinds[mixed[0]]))} in different "
            "shards, which InfluxQL would mix: read without via='influxql'."
        )
    return {name: TYPES[next(iter(kinds[name]))] for name in names if name in kinds}


def _tags(client: DataCalls, mapping: Dbrp, measurement: str) -> list[str]:
    listed = _show(client, mapping, f"SHOW TAG KEYS FROM {_name(measurement)}")
    return sorted(name for name, *_ in listed)


def _show(client: DataCalls, mapping: Dbrp, text: str) -> list[list[Any]]:
    """The values of a SHOW statement."""
    result = json.loads(_send(client, mapping, text, "application/json"))["results"][0]
    if "error" in result:
        raise QueryFailed(f"{text}: {result['error']}")
    return [values for series in result.get("series", ()) for values in series["values"]]


def _send(client: DataCalls, mapping: Dbrp, text: str, kind: str) -> bytes:
    params = {"db": mapping.database, "rp": mapping.retention_policy, "epoch": "ns"}
    headers = {"Accept": kind, "Content-Type": "application/vnd.influxql"}

    def once() -> bytes:
        answer = client.transport.send(
            "POST", PATH, params=params, body=text.encode(), headers=headers
        )
        if answer.status >= 300:
            url = client.url + PATH
            raise answers.error_of("POST", url, answer.status, answer.headers, answer.body)
        return answer.body

    return retrying(once, client.retry_seconds)


def _name(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
