"""Objects on a server that takes 2 ms for each answer: latency is all there is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import urllib3

from benchmarks import ours, peers, stub
from benchmarks.result import Result, compare, in_turns
from benchmarks.sizes import Size
from influx_pipelines import estate
from influx_pipelines.estate.apply import AT_ONCE
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import BucketSpec, Estate
from influx_pipelines.estate.ownership import marked
from influx_pipelines.influx.client import Influx

DELAY = 0.002
WEEK = 604_800
REQUESTS = 15
PART = 5  # looking by name takes 2.5 s a thousand: measured on a fifth of the names, scaled up


def run(size: Size) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, items in _known(size.known).items():
            (folder / f"{kind}.json").write_text(json.dumps(items))
        with (
            stub.running(folder, DELAY) as url,
            ours.client(url) as client,
            peers.official(url) as official,
        ):
            yield _creating(client, official, size)
            yield from _looking(url, official, size, folder)


def _creating(client: Influx, official: Any, size: Size) -> Result:
    """Buckets, mappings and labels, as an apply sends them: eight at once."""
    from influxdb_client import BucketRetentionRules, DBRPCreate
    from influxdb_client.service.dbr_ps_service import DBRPsService

    each = size.objects // 3
    org, _ = client.org_id, client.official
    names = count()

    def at_once() -> None:
        prefix = next(names)
        works: tuple[Callable[[int], object], ...] = (
            lambda n: client.create_bucket(f"b{prefix}-{n}", retention_seconds=WEEK),
            lambda n: client.create_dbrp(f"{n:016x}", f"b{prefix}-{n}", "1w"),
            lambda n: client.create_label(f"l{prefix}-{n}"),
        )
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for work in works:
                list(pool.map(work, range(each)))

    def one_by_one() -> None:
        prefix = next(names)
        buckets, labels = official.buckets_api(), official.labels_api()
        mappings = DBRPsService(official.api_client)
        rule = BucketRetentionRules(every_seconds=WEEK)
        for n in range(each):
            buckets.create_bucket(bucket_name=f"b{prefix}-{n}", org=org, retention_rules=rule)
        for n in range(each):
            mapping = DBRPCreate(
                org_id=org,
                bucket_id=f"{n:016x}",
                database=f"b{prefix}-{n}",
                retention_policy="1w",
                default=True,
            )
            mappings.post_dbrp(mapping)
        for n in range(each):
            labels.create_label(f"l{prefix}-{n}", org)

    return compare(
        f"control: create {3 * each:,} objects at 2 ms",
        at_once,
        one_by_one,
        against="influxdb-client, one by one",
        times=4,
        size=size,
    )


def _looking(url: str, official: Any, size: Size, folder: Path) -> Iterator[Result]:
    """That everything is as it was declared."""
    specs = {name: BucketSpec(name, WEEK) for name in _names(size.known)}
    declared = Estate(specs)

    def reconcile() -> None:
        with ours.client(url) as client:
            ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)
            planned = estate.plan(declared, estate.observe(client), ledger)
        assert planned.changes == planned.findings == ()

    def by_name() -> None:
        api = official.buckets_api()
        for name in _names(size.known // PART):
            assert api.find_bucket_by_name(name)

    title = f"control: reconcile {size.known:,} buckets, no change"
    before = _requests(url)
    reconcile()
    asked = _requests(url) - before
    yield Result(title, asked, size.known, "find_bucket_by_name", most=REQUESTS, unit="requests")
    took = in_turns({"ours": reconcile, "theirs": by_name}, size)
    theirs = took["theirs"].wall * PART
    yield Result(title, took["ours"].wall, theirs, "find_bucket_by_name", times=25)


def _requests(url: str) -> int:
    return int(urllib3.request("GET", f"{url}/requests").json()["requests"])


def _names(number: int) -> list[str]:
    return [f"bucket-{n:04d}" for n in range(number)]


def _known(number: int) -> dict[str, list[dict[str, Any]]]:
    """Buckets with their mappings, as an apply would have left them."""
    rules = [{"type": "expire", "everySeconds": WEEK, "shardGroupDurationSeconds": 86_400}]
    shared = {"orgID": stub.ORG["id"], "createdAt": stub.NOW, "updatedAt": stub.NOW}
    buckets = [
        {**shared, "id": f"{n:016x}", "name": name, "type": kind, "retentionRules": rules}
        for n, (name, kind) in enumerate(
            [("_monitoring", "system"), ("_tasks", "system")]
            + [(name, "user") for name in _names(number)],
            start=1,
        )
    ]
    mappings = []
    for bucket in buckets[2:]:
        bucket["description"] = marked("")
        mappings.append(
            {
                "id": f"f{bucket['id'][1:]}",
                "orgID": stub.ORG["id"],
                "bucketID": bucket["id"],
                "database": bucket["name"],
                "retention_policy": "1w",
                "default": True,
                "virtual": False,
            }
        )
    return {"buckets": buckets, "dbrps": mappings}
