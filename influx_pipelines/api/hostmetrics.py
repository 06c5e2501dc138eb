"""What a page about a host shows, each in one query of several results.

The measurements and fields are Telegraf's: system, cpu, mem, swap, kernel, disk, diskio, processes,
net, netstat. A field that nobody writes is left out of the answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from influx_pipelines.influx.client import Influx

# Length of a window for so many hours.
WINDOWS = {
    1: timedelta(minutes=1),
    3: timedelta(minutes=2),
    6: timedelta(minutes=5),
    12: timedelta(minutes=10),
    24: timedelta(minutes=20),
    48: timedelta(minutes=30),
    72: timedelta(hours=1),
    168: timedelta(hours=2),
    720: timedelta(hours=12),
}
HOSTS = """\
import "influxdata/influxdb/schema"

schema.tagValues(bucket: params.bucket, tag: "host", start: params.start)
"""
HEAD = """\
of = (measurement, fields) =>
    from(bucket: params.bucket)
        |> range(start: params.start)
        |> filter(fn: (r) => r._measurement == measurement)
        |> filter(fn: (r) => contains(value: r._field, set: fields))
        |> filter(fn: (r) => r.host == params.host)
means = (tables=<-, by) =>
    tables
        |> aggregateWindow(every: params.every, fn: mean, createEmpty: false)
        |> keep(columns: ["_time", "_value", "_field", "_measurement", by])
rates = (tables=<-, by) =>
    tables
        |> aggregateWindow(every: params.every, fn: last, createEmpty: false)
        |> derivative(unit: 1s, nonNegative: true)
        |> keep(columns: ["_time", "_value", "_field", "_measurement", by])
newest = (tables=<-, by) =>
    tables
        |> last()
        |> keep(columns: ["_value", "_field", "_measurement", by])

"""
SUMMARY = """\
of(measurement: "system", fields: ["uptime", "n_cpus", "n_users"])
    |> newest(by: "host")
    |> yield(name: "system")
of(measurement: "mem", fields: ["total"]) |> newest(by: "host") |> yield(name: "mem")
of(measurement: "processes", fields: ["total"]) |> newest(by: "host") |> yield(name: "processes")
of(measurement: "cpu", fields: ["usage_idle"])
    |> filter(fn: (r) => r.cpu == "cpu-total")
    |> newest(by: "host")
    |> yield(name: "cpu")
of(measurement: "swap", fields: ["free"]) |> newest(by: "host") |> yield(name: "swap")
of(measurement: "system", fields: ["load1", "load5", "load15"])
    |> means(by: "host")
    |> yield(name: "load")
"""
CPU = """\
of(
    measurement: "cpu",
    fields: ["usage_system", "usage_user", "usage_iowait", "usage_softirq"],
)
    |> filter(fn: (r) => r.cpu == "cpu-total")
    |> means(by: "host")
    |> yield(name: "series")
"""
MEMORY = """\
of(measurement: "mem", fields: ["used", "total"]) |> means(by: "host") |> yield(name: "memory")
of(measurement: "swap", fields: ["total", "free"]) |> means(by: "host") |> yield(name: "swap")
"""
KERNEL = """\
of(measurement: "kernel", fields: ["interrupts", "processes_forked"])
    |> rates(by: "host")
    |> yield(name: "series")
"""
DISKS = """\
of(measurement: "disk", fields: ["total"]) |> newest(by: "path") |> yield(name: "total")
of(measurement: "disk", fields: ["used_percent"]) |> means(by: "path") |> yield(name: "used")
of(measurement: "diskio", fields: ["read_bytes", "write_bytes"])
    |> rates(by: "name")
    |> yield(name: "io")
of(measurement: "disk", fields: ["inodes_total", "inodes_used", "inodes_free"])
    |> newest(by: "path")
    |> yield(name: "inodes")
"""
PROCESSES = """\
states =
    of(
        measurement: "processes",
        fields: [
            "running",
            "sleeping",
            "idle",
            "stopped",
            "zombies",
            "dead",
            "blocked",
            "paging",
            "unknown",
            "total",
        ],
    )

states |> means(by: "host") |> yield(name: "series")
states |> newest(by: "host") |> yield(name: "last")
"""
NETWORK = """\
of(measurement: "net", fields: ["bytes_recv", "bytes_sent"])
    |> rates(by: "interface")
    |> yield(name: "bytes")
of(measurement: "net", fields: ["err_in", "err_out"])
    |> newest(by: "interface")
    |> yield(name: "errors")
of(measurement: "netstat", fields: ["tcp_established"])
    |> newest(by: "host")
    |> yield(name: "tcp")
"""

Row = dict[str, Any]
Results = Mapping[str, list[Row]]


def hosts(client: Influx, bucket: str, hours: int) -> list[str]:
    """The names of the hosts that were seen, in alphabetical order.

    Raises:
        InfluxError: the query failed.
    """
    start = datetime.now(UTC) - timedelta(hours=hours)
    rows = client.query(HOSTS, {"bucket": bucket, "start": start}).rows()
    return sorted(row["_value"] for row in rows)


def ask(client: Influx, script: str, bucket: str, host: str, hours: int) -> Results:
    """Run one of the scripts; the rows by the name of their result.

    Raises:
        InfluxError: the query failed.
    """
    every = next((every for most, every in WINDOWS.items() if hours <= most), WINDOWS[720])
    start = datetime.now(UTC) - timedelta(hours=hours)
    params = {"bucket": bucket, "host": host, "start": start, "every": every}
    from influx_pipelines.influx.reading.rows import to_rows

    found: dict[str, list[Row]] = defaultdict(list)
    for table in client.query(HEAD + script, params, categories=False).tables:
        found[table.result] += to_rows(table.data)
    return found


def points(rows: Iterable[Row]) -> list[Row]:
    """The fields of one time as one point, oldest first."""
    by_time: dict[datetime, Row] = defaultdict(dict)
    for row in rows:
        by_time[row["_time"]][row["_field"]] = row["_value"]
    return [{"time": time, **fields} for time, fields in sorted(by_time.items())]


def by_tag(rows: Iterable[Row], tag: str) -> dict[str, list[Row]]:
    """The rows of each value of a tag."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.get(tag) or ""].append(row)
    return dict(sorted(found.items()))


def values(rows: Iterable[Row]) -> dict[str, Any]:
    """The newest value by field."""
    return {row["_field"]: row["_value"] for row in rows}
