"""What a bucket on a server holds, counted by the server, shard group by shard group.

Never over two shard groups at once: where a field has another type in the second one, a query
leaves its points out without a word; and shards that were put in each other's place give the right
total and nothing in any narrower range.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from influx_pipelines.backups.restore.held import Field, Held
from influx_pipelines.flux.literals import quote
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.lineprotocol import KEY_ESCAPES, MEASUREMENT_ESCAPES, escaped

# The first and last moments that a range can have (influxdb-v2: what Flux cannot reach).
EARLIEST = datetime(1677, 9, 21, 0, 12, 43, 145225, UTC)
LATEST = datetime(2262, 4, 11, 23, 47, 16, 854775, UTC)
_OWN = frozenset({"_start", "_stop", "_time", "_value", "_field", "_measurement"})


def counted(
    client: Influx, bucket: str, start: datetime, stop: datetime, *, last: bool = False
) -> dict[Field, Held]:
    """The fields of all series of a bucket within one shard group.

    Args:
        client: of the server.
        bucket: its name.
        start: begin of the shard group.
        stop: its end, exclusive.
        last: whether the last values are asked for too.

    Raises:
        InfluxError: the server did not answer.
    """
    start, stop = max(start, EARLIEST), min(stop, LATEST)
    if start >= stop:
        return {}
    points = (
        f"from(bucket: {quote(bucket)})\n    |> range(start: params.start, stop: params.stop)\n"
    )
    bounds = {"start": start, "stop": stop}
    found = {
        field: Held(int(row["_value"]))
        for field, row in _rows(client, points + "    |> count()\n", bounds)
    }
    if last:
        for field, row in _rows(client, points + "    |> last()\n", bounds):
            known = found.get(field, Held(0))
            found[field] = Held(known.values, row["_time"], row["_value"])
    return found


def _rows(
    client: Influx, script: str, bounds: dict[str, datetime]
) -> Iterator[tuple[Field, dict[str, Any]]]:
    """The rows of a script with one row a field and series; times as nanoseconds."""
    import pyarrow as pa

    for batch in client.stream(script, bounds):
        columns = {
            column.name: (
                values.cast(pa.int64()) if pa.types.is_timestamp(column.type) else values
            ).to_pylist()
            for column, values in zip(batch.schema, batch.columns, strict=True)
        }
        tags = sorted((_tag(name), name) for name in columns if name not in _OWN)
        empty = "" if batch.schema.field("_value").type == pa.string() else None
        for place in range(batch.num_rows):
            row = {name: values[place] for name, values in columns.items()}
            row["_value"] = empty if row["_value"] is None else row["_value"]
            yield _field(row, [(tag, row[name]) for tag, name in tags]), row


def _tag(column: str) -> str:
    """The tag of a column: one that is called as a column of the system comes as the second."""
    return column.removesuffix("_2") if column.removesuffix("_2") in _OWN else column


def _field(row: dict[str, Any], tags: list[tuple[str, str | None]]) -> Field:
    texts = [escaped(row["_measurement"], MEASUREMENT_ESCAPES)]
    texts += [
        f"{escaped(tag, KEY_ESCAPES)}={escaped(value, KEY_ESCAPES)}" for tag, value in tags if value
    ]
    return Field(",".join(texts).encode(), row["_field"].encode())
