"""A native backup of a server on loopback, against curl that copies the same bytes to the disk.

The server has a core of its own, as it would have in the field, and both clients have the others.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from isal import isal_zlib

from benchmarks.result import Result, in_turns
from benchmarks.sizes import Size
from benchmarks.stub import ROOT
from benchmarks.verify import BYTES_A_ROW, DAY, GIGABYTE, PER_BLOCK, STEP, generated
from influx_pipelines.backups.native.take import take_native
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.backups import FOLDER
from influx_pipelines_tests.services.native import EMPTY_TAR, TOKEN

SHARDS, AT_ONCE = 8, 4
BUCKET = "3bad7f219c5a0efa"
TIMES = {"startTime": "2026-01-01T00:00:00Z", "endTime": "2026-01-02T00:00:00Z"}
LEAST = 0.9
AGAINST = "curl --parallel"
HEADERS = (f"Authorization: Token {TOKEN}", "Accept-Encoding: gzip")


def run(size: Size) -> Iterator[Result]:
    """From a server that packs what it sends, as real ones do, and from one that has it ready.

    Nobody checks as fast as curl copies what is there already: the second row judges nothing.
    """
    if shutil.which("curl") is None:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        total = _make_set(folder / "set", size.rows * BYTES_A_ROW)
        for how, options, times in (
            ("packed while it is sent", ["--pack"], LEAST),
            ("packed before", [], None),
        ):
            with _serving(folder / "set", *options) as url, _on(_cores()[1:]):
                took = in_turns(
                    {
                        "ours": partial(_ours, url, folder / "ours"),
                        "theirs": partial(_curl, url, folder / "theirs"),
                    },
                    size,
                )
            ours, theirs = (took[who].wall * GIGABYTE / total for who in ("ours", "theirs"))
            yield Result(f"backup: 1 GB, {how}", ours, theirs, AGAINST, times)


def _ours(url: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with Influx(url, TOKEN, "o") as client:
        take_native(client, folder, parallel=AT_ONCE)


def _curl(url: str, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    config = ["silent", "fail", "parallel", f"parallel-max = {AT_ONCE}"]
    config += [f'header = "{text}"' for text in HEADERS]
    for name in ("metadata", *(f"shards/{n}" for n in range(1, SHARDS + 1))):
        config.append(f'url = "{url}/api/v2/backup/{name}"')
        config.append(f'output = "{folder / name.replace("/", "-")}"')
    command = ["curl", "--config", "-"]
    quiet = subprocess.DEVNULL  # the meter of --parallel has no other switch
    subprocess.run(command, input="\n".join(config), text=True, check=True, stderr=quiet)


def _make_set(folder: Path, total: int) -> int:
    """A set in the official format, with so many bytes of TSM; returns those on the disk."""
    folder.mkdir()
    official = FOLDER / "2.9.1"
    manifest = json.loads(next(official.glob("*.manifest")).read_bytes())
    for part in ("kv", "sql"):
        shutil.copy(official / manifest[part]["fileName"], folder)
    tsm = generated(total // SHARDS, DAY // STEP, lambda _: [STEP * 10**9] * PER_BLOCK)
    bucket = manifest["buckets"][0]
    bucket["retentionPolicies"][0]["shardGroups"] = [
        {"id": number, **TIMES, "shards": [_shard(folder, number, tsm)]}
        for number in range(1, SHARDS + 1)
    ]
    (folder / "x.manifest").write_text(json.dumps({**manifest, "buckets": [bucket]}))
    return sum(path.stat().st_size for path in folder.glob("*.gz"))


def _shard(folder: Path, number: int, tsm: bytes) -> dict[str, Any]:
    header = tarfile.TarInfo(f"{BUCKET}/autogen/{number}/000000001-000000001.tsm")
    header.size = len(tsm)
    tar = header.tobuf() + tsm + bytes(-len(tsm) % 512) + EMPTY_TAR
    file = folder / f"x.{number}.tar.gz"
    file.write_bytes(isal_zlib.compress(tar, 2, wbits=31))
    return {"id": number, "shardOwners": [], "fileName": file.name, "size": 0, "compression": 1}


@contextmanager
def _serving(folder: Path, *options: str) -> Iterator[str]:
    """The address of the fake native server, in a process of its own."""
    command = [sys.executable, "-m", "influx_pipelines_tests.services.native", str(folder)]
    pipe = subprocess.PIPE
    with _on(_cores()[:1]):  # which the child inherits
        child = subprocess.Popen([*command, *options], stdin=pipe, stdout=pipe, text=True, cwd=ROOT)
    with child:
        assert child.stdout
        try:
            yield child.stdout.readline().strip()
        finally:
            child.terminate()


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


@contextmanager
def _on(cores: list[int]) -> Iterator[None]:
    """On these cores only, where the system can do that and there are some."""
    before = _cores()
    if cores and before:
        os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        if cores and before:
            os.sched_setaffinity(0, before)
