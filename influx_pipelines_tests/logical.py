"""A logical backup in a process of its own: to be killed, and to have its memory measured (Linux).

`python -m influx_pipelines_tests.logical take|restore URL TOKEN ORG FOLDER [KILL_AFTER]` prints the
peak of its resident memory in MiB, all of the interpreter in it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from influx_pipelines.backups.files import PARTIAL
from influx_pipelines.backups.logical.restore import restore_bucket
from influx_pipelines.backups.logical.take import take_logical
from influx_pipelines.backups.progress import Progress, Step, silent
from influx_pipelines.backups.sets import BackupSet, open_set
from influx_pipelines.influx.client import Influx

BATCH = 10_000
START = 1_577_836_800 * 10**9
KINDS = ("float", "integer", "unsigned", "boolean", "string")


def batches(rows: int) -> Iterator[pa.RecordBatch]:
    """Points of all types in turn, a field each, 20 s apart and some nanoseconds."""
    for first in range(0, rows, BATCH):
        number = np.arange(first, min(first + BATCH, rows))
        kind = number % len(KINDS)
        values = {
            "float": pa.array(np.sin(number) * 10.0 ** (number % 600 - 300)),
            "integer": pa.array(number * 7_919 - 2**62),
            "unsigned": pa.array(number.astype(np.uint64) + 2**63),
            "boolean": pa.array(number % 3 == 0),
            "string": pa.array([f'täxt "{n}" \\ ,= {"x" * (n % 40)}' for n in number.tolist()]),
        }
        yield pa.RecordBatch.from_pydict(
            {
                "host": pa.array([f"h{n % 50}" for n in number.tolist()]),
                **{name: _only(values[name], kind == place) for place, name in enumerate(KINDS)},
                "time": pa.array(START + number * 20_000_000_003, pa.timestamp("ns", "UTC")),
            }
        )


def _only(values: pa.Array, mask: np.ndarray) -> pa.Array:
    indices = np.where(mask, np.arange(len(values)), -1)
    return values.take(pa.array(indices, mask=~mask))


def fill(influx: Influx, bucket: str, rows: int) -> None:
    types = dict(zip(KINDS, (float, int, "unsigned", bool, str), strict=True))
    influx.write(batches(rows), bucket=bucket, measurement="all", tags=["host"], fields=types)


def taken(influx: Influx, folder: Path, progress: Progress = silent) -> BackupSet:
    """What whoever calls `take_logical` does with the folder."""
    partial = folder.with_name(folder.name + PARTIAL)
    partial.mkdir(mode=0o700, exist_ok=True)
    take_logical(influx, partial, progress=progress).save(partial)
    partial.rename(folder)
    return open_set(folder)


class _WithoutPandas:
    """Hides pandas, which Arrow loads where it is: the package does not need it."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ImportError(name)


def main(what: str, url: str, token: str, org: str, folder: str, kill_after: str = "0") -> None:
    sys.meta_path.insert(0, _WithoutPandas())
    left = int(kill_after)

    def progress(step: Step) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with Influx(url, token, org) as influx:
        if what == "take":
            taken(influx, Path(folder), progress)
        else:
            found = open_set(Path(folder))
            done = restore_bucket(influx, found, "b", as_name="back", progress=progress)
            assert (done.differences, done.refused) == ((), 0), done
    text = Path("/proc/self/status").read_text()
    print(int(text.partition("VmHWM:")[2].split()[0]) / 1024)


if __name__ == "__main__":
    main(*sys.argv[1:])
