"""Growth of resident memory during one call, in a process that does nothing else (Linux).

`python -m influx_pipelines_tests.memory CALL URL ROWS` prints MiB and what the call returned.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from influx_pipelines.influx.client import Influx

BATCH = 10_000
START = 1_577_836_800 * 10**9


def batch(first: int, rows: int) -> pa.RecordBatch:
    """Two tags, three fields (one a text that differs in every row)."""
    number = np.arange(first, first + rows)
    return pa.RecordBatch.from_pydict(
        {
            "host": pa.array(number % 50).cast(pa.string()),
            "region": pa.array(np.where(number % 2, "eu west", "us")),
            "load": number / 7,
            "count": number,
            "note": pa.array(number).cast(pa.string()),
            "time": pa.array(START + number * 10**6, pa.timestamp("ns", "UTC")),
        }
    )


def batches(rows: int) -> Iterator[pa.RecordBatch]:
    return (batch(first, BATCH) for first in range(0, rows, BATCH))


def lines(rows: int) -> Iterator[bytes]:
    return (b"m,host=a load=0.5,count=3i %d\n" % (START + n) for n in range(rows))


def dicts(rows: int) -> Iterator[dict[str, Any]]:
    for first in range(0, rows, 1_000):
        yield from batch(first, 1_000).to_pylist()


def pandas(rows: int) -> pd.DataFrame:
    return pa.Table.from_batches(batches(rows)).to_pandas()


TABLES: dict[str, Callable[[int], Any]] = {
    "batches": batches,
    "packed": batches,
    "dicts": dicts,
    "arrow": lambda rows: pa.Table.from_batches(batches(rows)),
    "pandas": pandas,
    "lines": lines,
}


def write(influx: Influx, table: Any, kind: str) -> int:
    if kind == "lines":
        return influx.write_lines(table, bucket="b").points
    tags = ["host", "region"]
    return influx.write(table, bucket="b", measurement="m", tags=tags).points


def stream(influx: Influx, rows: int) -> int:
    return sum(one.num_rows for one in influx.stream(f"{rows}"))


def status(name: str) -> float:
    text = Path("/proc/self/status").read_text()
    return int(text.partition(f"{name}:")[2].split()[0]) / 1024


def growth(call: Callable[[], int]) -> tuple[float, int]:
    gc.collect()
    pa.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before = status("VmRSS")
    returned = call()
    return status("VmHWM") - before, returned


def main(kind: str, url: str, rows: int) -> None:
    with Influx(url, "token", "org") as influx:
        if kind == "stream":
            stream(influx, 1_000)  # loads the code
            grown, returned = growth(lambda: stream(influx, rows))
        else:
            write(influx, TABLES[kind](BATCH), kind)
            table = TABLES[kind](rows)
            grown, returned = growth(lambda: write(influx, table, kind))
    print(json.dumps({"mebibytes": round(grown, 1), "returned": returned}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
