"""What is on a server is counted by field, series and shard group."""

from __future__ import annotations

from datetime import UTC, datetime

from influx_pipelines.backups.restore.counting import counted
from influx_pipelines.backups.restore.held import Field, Held
from influx_pipelines.influx.client import Influx

DAY = 86_400
LINES = r"""
m,host=a f=1.5,i=7i,u=8u,b=true,s="x" 1577836800000000000
m,host=a f=2.5,i=9i,u=9u,b=false,s="" 1577836801000000001
a\ measurement\,of\ names,a\=key=a\ va\,lue é=1i 1577836800000000000
m,host=a f="another type in the next shard group" 1577923200000000000
"""


def test_fields_of_all_types_are_counted_within_one_shard_group(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0, shard_group_seconds=DAY)
    influx.write_lines(LINES.encode(), bucket="b")
    start, stop = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 2, tzinfo=UTC)
    at = 1577836801000000001
    series = b"m,host=a"
    assert counted(influx, "b", start, stop, last=True) == {
        Field(series, b"f"): Held(2, at, 2.5),
        Field(series, b"i"): Held(2, at, 9),
        Field(series, b"u"): Held(2, at, 9),
        Field(series, b"b"): Held(2, at, False),
        Field(series, b"s"): Held(2, at, ""),
        Field(rb"a\ measurement\,of\ names,a\=key=a\ va\,lue", "é".encode()): Held(
            1, 1577836800000000000, 1
        ),
    }
    later = counted(influx, "b", stop, datetime(2020, 1, 3, tzinfo=UTC))
    assert later == {Field(series, b"f"): Held(1)}
