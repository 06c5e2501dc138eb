"""Creating objects on a server that takes 2 ms for each answer: latency is all there is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks import ours, peers, stub
from benchmarks.result import Result, compare
from benchmarks.sizes import Size
from influx_pipelines.estate.apply import AT_ONCE
from influx_pipelines.influx.client import Influx

DELAY = 0.002
WEEK = 604_800
Create = Callable[[str], object]


def run(size: Size) -> Iterator[Result]:
    """Buckets, mappings and labels, as an apply creates them: eight at once."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stub.running(Path(folder), DELAY) as url,
        ours.client(url) as client,
        peers.official(url) as official,
    ):
        numbers = count()
        mine, theirs = _ours(client), _theirs(official, client.org_id)

        def names() -> list[str]:
            return [f"name-{next(numbers)}" for _ in range(size.objects // 3)]

        def at_once() -> None:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                for create in mine:
                    list(pool.map(create, names()))

        def one_by_one() -> None:
            for create in theirs:
                for name in names():
                    create(name)

        yield compare(
            f"objects: create {size.objects:,} at 2 ms",
            at_once,
            one_by_one,
            against="influxdb-client, one by one",
            times=4,
            size=size,
        )


def _ours(client: Influx) -> list[Create]:
    return [
        lambda name: client.create_bucket(name, retention_seconds=WEEK),
        lambda name: client.create_dbrp(stub.ORG["id"], name, "1w"),
        lambda name: client.create_label(name),
    ]


def _theirs(official: Any, org: str) -> list[Create]:
    from influxdb_client import BucketRetentionRules, DBRPCreate
    from influxdb_client.service.dbr_ps_service import DBRPsService

    buckets, labels = official.buckets_api(), official.labels_api()
    mappings = DBRPsService(official.api_client)
    rule = BucketRetentionRules(every_seconds=WEEK)
    rest = {"bucket_id": stub.ORG["id"], "retention_policy": "1w", "default": True}
    return [
        lambda name: buckets.create_bucket(bucket_name=name, org=org, retention_rules=rule),
        lambda name: mappings.post_dbrp(DBRPCreate(org_id=org, database=name, **rest)),
        lambda name: labels.create_label(name, org),
    ]
