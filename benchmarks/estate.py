"""Bringing buckets up and finding nothing to change, against the scripts that people run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.result import Result, compare
from influx_pipelines import estate
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import BucketSpec, Estate
from influx_pipelines.influx.client import Influx

WEEK = 604_800


def run(client: Influx, size: int) -> Iterator[Result]:
    """Create `size` buckets with their mappings, then reconcile them once more."""
    from influxdb_client import BucketRetentionRules

    folder = Path(tempfile.mkdtemp())
    ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)
    official = client.official
    rounds = count()

    def ours() -> None:
        prefix = f"ours{next(rounds)}"
        specs = {f"{prefix}_{n}": BucketSpec(f"{prefix}_{n}", WEEK) for n in range(size)}
        apply(Estate(specs, "declared"))

    def apply(declared: Estate) -> None:
        for kind in ("bucket", "dbrp_mapping"):
            planned = estate.plan(declared, estate.observe(client), ledger, kinds=(kind,))  # type: ignore[arg-type]
            assert not estate.apply(planned, client, ledger).failed

    def script() -> None:
        """One bucket after the other, as the replaced scripts do it."""
        prefix = f"theirs{next(rounds)}"
        api = official.buckets_api()
        known = {bucket.name for bucket in api.find_buckets_iter()}
        rule = BucketRetentionRules(every_seconds=WEEK)
        for number in range(size):
            if f"{prefix}_{number}" in known:
                continue
            made = api.create_bucket(
                bucket_name=f"{prefix}_{number}", org=client.org, retention_rules=[rule]
            )
            client.create_dbrp(made.id, made.name, "1w")

    against = "official client, one by one"
    # Ours sends three requests a bucket, the label for people being one of them; theirs two.
    yield compare(f"create {size} buckets", ours, script, against=against, bar=1.5)

    specs = {b.name: BucketSpec(b.name, WEEK) for b in client.buckets() if "ours" in b.name}
    declared = Estate(specs, "declared")

    def look_again() -> None:
        api = official.buckets_api()
        known = {bucket.name: bucket for bucket in api.find_buckets_iter()}
        for name in specs:
            assert name in known
            official.buckets_api().find_bucket_by_id(known[name].id)

    name = f"reconcile {len(specs)} buckets, no change"
    against = "official client, a GET a bucket"
    yield compare(name, lambda: apply(declared), look_again, against=against, bar=0.5)
