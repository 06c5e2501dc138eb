"""Finding that everything is as it was declared, on a server that takes 2 ms for each answer."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import urllib3

from benchmarks import ours, peers, stub
from benchmarks.objects import DELAY, WEEK
from benchmarks.result import Result, Work, in_turns
from benchmarks.sizes import Size
from influx_pipelines import estate
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import BucketSpec, Estate
from influx_pipelines.estate.ownership import marked

KINDS = ("bucket", "dbrp_mapping")
REQUESTS = 15
PART = 5  # looking by name takes 2.5 s a thousand: measured on a fifth of the names, scaled up
AGAINST = "find_bucket_by_name"


def run(size: Size) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, items in _known(size.known).items():
            (folder / f"{kind}.json").write_text(json.dumps(items))
        with stub.running(folder, DELAY) as url, peers.official(url) as official:
            yield from _measured(url, official, size, folder)


def _measured(url: str, official: Any, size: Size, folder: Path) -> Iterator[Result]:
    declared = Estate({name: BucketSpec(name, WEEK) for name in _names(size.known)})

    def look_at_all() -> None:
        with ours.client(url) as client:
            ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)
            observed = estate.observe(client, KINDS)
            planned = estate.plan(declared, observed, ledger, kinds=KINDS)
        assert planned.changes == planned.findings == ()

    def look_by_name() -> None:
        api = official.buckets_api()
        for name in _names(size.known // PART):
            assert api.find_bucket_by_name(name)

    title = f"reconcile: {size.known:,} buckets, no change"
    asked, theirs = _requests(url, look_at_all), _requests(url, look_by_name) * PART
    yield Result(title, asked, theirs, AGAINST, most=REQUESTS, unit="requests")
    took = in_turns({"ours": look_at_all, "theirs": look_by_name}, size)
    yield Result(title, took["ours"].wall, took["theirs"].wall * PART, AGAINST, times=25)


def _requests(url: str, work: Work) -> int:
    before = _requests_so_far(url)
    work()
    return _requests_so_far(url) - before


def _requests_so_far(url: str) -> int:
    return int(urllib3.request("GET", f"{url}/requests").json()["requests"])


def _names(number: int) -> list[str]:
    return [f"bucket-{n:04d}" for n in range(number)]


def _known(number: int) -> dict[str, list[dict[str, Any]]]:
    """Buckets with their mappings, as an apply would have left them."""
    ours = [(name, "user", marked("")) for name in _names(number)]
    system = [(name, "system", "") for name in ("_monitoring", "_tasks")]
    buckets = [_bucket(f"{n:016x}", *about) for n, about in enumerate([*system, *ours], start=1)]
    return {"buckets": buckets, "dbrps": [_mapping(bucket) for bucket in buckets[2:]]}


def _bucket(id: str, name: str, kind: str, description: str) -> dict[str, Any]:
    rule = {"type": "expire", "everySeconds": WEEK, "shardGroupDurationSeconds": 86_400}
    return {
        "id": id,
        "orgID": stub.ORG["id"],
        "name": name,
        "type": kind,
        "description": description,
        "retentionRules": [rule],
        "createdAt": stub.NOW,
        "updatedAt": stub.NOW,
    }


def _mapping(bucket: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"f{bucket['id'][1:]}",
        "orgID": stub.ORG["id"],
        "bucketID": bucket["id"],
        "database": bucket["name"],
        "retention_policy": "1w",
        "default": True,
        "virtual": False,
    }
