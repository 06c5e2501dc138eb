"""How much memory grows while data is written and read, each in a fresh process.

`python -m benchmarks.memory WORK URL ROWS` prints the growth in MiB (Linux: it reads /proc).
"""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import answers, frames, ours, peers, stub
from benchmarks.result import Result
from benchmarks.sizes import Size

FEW = 1_000
PROC = Path("/proc/self")
ROWS = (
    ("write: wide frame", "write", "their_write", "influxdb-client SYNCHRONOUS", 64),
    ("read: one table to pandas", "read", "their_read", "query_data_frame", 250),
    ("stream: batch by batch", "stream", "", "", 64),  # query_stream is flat, row by row
)


def run(size: Size) -> Iterator[Result]:
    if not (PROC / "clear_refs").exists():
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, rows in (("few", FEW), ("many", size.memory_rows)):
            (Path(folder) / f"{name}.csv").write_bytes(answers.one_table(rows))
        with stub.running(Path(folder)) as url:
            for title, mine, peer, against, most in ROWS:
                name = f"memory of {size.memory_rows:,} rows, {title}"
                grown = _grown_in_a_process(mine, url, size)
                there = peer and size.memory_of_peers
                theirs = _grown_in_a_process(peer, url, size) if there else None
                yield Result(name, grown, theirs, against if there else "", most=most, unit="MiB")


def _grown_in_a_process(work: str, url: str, size: Size) -> float:
    command = [sys.executable, "-m", "benchmarks.memory", work, url, str(size.memory_rows)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=stub.ROOT)
    return float(done.stdout)


def write(url: str, rows: int) -> Callable[[bool], object]:
    few, many = frames.wide(FEW), frames.wide(rows)
    client = ours.client(url)
    return lambda all_of_it: ours.write(client, many if all_of_it else few)


def their_write(url: str, rows: int) -> Callable[[bool], object]:
    few, many = frames.wide(FEW), frames.wide(rows)

    def work(all_of_it: bool) -> None:
        with peers.official(url) as client:
            peers.write(client, "b", many if all_of_it else few)

    return work


def read(url: str, rows: int) -> Callable[[bool], object]:
    client = ours.client(url)
    return lambda all_of_it: client.query(_flux(all_of_it)).pandas()


def their_read(url: str, rows: int) -> Callable[[bool], object]:
    def work(all_of_it: bool) -> object:
        with peers.official(url) as client:
            return peers.query_frame(client, _flux(all_of_it))

    return work


def stream(url: str, rows: int) -> Callable[[bool], object]:
    client = ours.client(url)

    def work(all_of_it: bool) -> None:
        found = sum(batch.num_rows for batch in client.stream(_flux(all_of_it)))
        assert found == (rows if all_of_it else FEW)

    return work


WORKS = {work.__name__: work for work in (write, their_write, read, their_read, stream)}


def _flux(all_of_it: bool) -> str:
    return answers.flux("many" if all_of_it else "few")


def growth(work: Callable[[], object]) -> float:
    """MiB by which resident memory was higher at its peak than before."""
    import pyarrow

    gc.collect()
    # What was freed before must not hide what is taken now.
    pyarrow.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    (PROC / "clear_refs").write_text("5")  # the peak starts again from here
    before = _status("VmRSS:")
    kept = work()
    peak = _status("VmHWM:")
    del kept
    return peak - before


def _status(name: str) -> float:
    lines = (PROC / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def main() -> None:
    _, name, url, rows = sys.argv
    work = WORKS[name](url, int(rows))
    work(False)  # modules are loaded, threads and connections are there
    print(growth(lambda: work(True)))


if __name__ == "__main__":
    main()
