"""Writing rows and reading them back, against the official client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks.result import Result, compare
from influx_pipelines.influx.client import Influx

START = datetime(2026, 1, 1, tzinfo=UTC)
FLUX = """
from(bucket: "bench")
    |> range(start: 2026-01-01T00:00:00Z)
    |> filter(fn: (r) => r._field == "v")
"""


def run(client: Influx, size: int) -> Iterator[Result]:
    """`size` rows of two fields and a tag."""
    from influxdb_client.client.write_api import SYNCHRONOUS

    client.create_bucket("bench", retention_seconds=0)
    rows = [
        {"host": f"h{n % 20}", "v": n / 7, "n": n, "time": START + timedelta(seconds=n)}
        for n in range(size)
    ]
    official = client.official
    points = [
        {
            "measurement": "theirs",
            "tags": {"host": row["host"]},
            "fields": {"v": row["v"], "n": row["n"]},
            "time": row["time"],
        }
        for row in rows
    ]

    def ours() -> None:
        client.write(rows, bucket="bench", measurement="ours", tags=["host"])

    def theirs() -> None:
        writing = official.write_api(write_options=SYNCHRONOUS)
        for start in range(0, size, 5_000):
            writing.write("bench", org=client.org, record=points[start : start + 5_000])

    against = "official client, batches of 5,000"
    yield compare(f"write {size:,} rows", ours, theirs, against=against, bar=1.0)
    # The fast engines for data come later; until then nobody may lose by using ours.
    yield compare(
        f"read {2 * size:,} rows",
        lambda: client.query(FLUX).rows(),
        lambda: official.query_api().query(FLUX, org=client.org),
        against="official client, query()",
        bar=1.0,
    )
