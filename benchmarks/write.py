"""Writing end to end, to a server that takes everything at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import frames, ours, peers, stub
from benchmarks.result import Result, Took, Work, in_turns
from benchmarks.sizes import Size

MILLION = 1_000_000


def run(size: Size) -> Iterator[Result]:
    took = _measured(size)
    plain, zipped = took["plain"], took["gzip"]

    def faster(name: str, mine: Took, peer: str, against: str, times: float) -> Iterator[Result]:
        if peer in took:
            yield Result(f"write: {name}", mine.wall, took[peer].wall, against, times)

    yield from faster("wide, plain", plain, "their plain", "influxdb-client SYNCHRONOUS", 12)
    yield from faster("wide, gzip", zipped, "their gzip", "influxdb-client SYNCHRONOUS, gzip", 18)
    yield from faster("wide, gzip", zipped, "their batches", "influxdb-client batching", 18)
    yield from faster("wide, gzip", zipped, "sluicebox", "sluicebox", 2)
    for name, mine, peer, most in (
        ("gzip", zipped, "their gzip", 1.0),
        ("plain", plain, "their plain", 0.6),
    ):
        each, theirs = mine.cpu * MILLION / size.rows, took[peer].cpu * MILLION / size.rows
        title = f"write: CPU of a million wide rows, {name}"
        yield Result(title, each, theirs, "influxdb-client SYNCHRONOUS", most=most, unit="s CPU")


def _measured(size: Size) -> dict[str, Took]:
    frame = frames.wide(size.rows)
    with (
        tempfile.TemporaryDirectory() as folder,
        stub.running(Path(folder)) as url,
        ours.client(url) as client,
        ours.client(url, gzip=True) as packing,
        peers.official(url) as plain,
        peers.official(url, enable_gzip=True) as zipped,
    ):
        contenders: dict[str, Work] = {
            "plain": lambda: ours.write(client, frame),
            "gzip": lambda: ours.write(packing, frame),
            "their plain": lambda: peers.write(plain, "b", frame),
            "their gzip": lambda: peers.write(zipped, "b", frame),
            "their batches": lambda: peers.write(plain, "b", frame, batching=True),
        }
        if not peers.HAS_SLUICEBOX:
            return in_turns(contenders, size)
        with peers.sluicebox(url) as other:
            options = peers.sluicebox_options(frame)
            contenders["sluicebox"] = lambda: other.write(frame.data, **options).result()
            return in_turns(contenders, size)
