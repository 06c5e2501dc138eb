"""A look at a whole native backup: read from disk, hashed, taken apart, and all of it checked."""

from __future__ import annotations

import gzip
import tarfile
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.result import Result, in_turns
from benchmarks.sizes import Size
from benchmarks.verify import AGAINST, BYTES_A_ROW, DAY, GIGABYTE, MOST, STEP, crc, even, generated
from influx_pipelines.backups.verify import verify
from influx_pipelines_tests.backups import sample, seal
from influx_pipelines_tests.damages.damage import edit_file, packed, unpack

FIRST = 1_577_836_800 * 10**9  # in the first shard of the sample


def run(size: Size) -> Iterator[Result]:
    """A real set, with a side file, whose first shard holds the data and is not packed."""
    data = generated(size.rows * BYTES_A_ROW, DAY // STEP, even, FIRST)
    with tempfile.TemporaryDirectory() as folder:
        made = sample("2.9.1", Path(folder))
        edit_file(made, ".1.tar.gz", partial(_with, data))
        unpack(made, ".1.tar.gz")
        seal(made)
        took = in_turns({"ours": partial(_verify, made), "theirs": partial(crc, data)}, size)
    ours, theirs = (took[who].cpu * GIGABYTE / len(data) for who in ("ours", "theirs"))
    yield Result("verify: a set of 1 GB", ours, theirs, AGAINST, None, MOST, "s CPU")


def _with(data: bytes, raw: bytes) -> bytes:
    """The archive of a shard with this file in the place of its own."""
    header = tarfile.TarInfo.frombuf(gzip.decompress(raw)[: tarfile.BLOCKSIZE], "utf-8", "strict")
    return packed([(header, data)])


def _verify(folder: Path) -> None:
    assert verify(folder).damages == ()
