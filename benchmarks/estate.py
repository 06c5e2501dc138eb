"""Bringing buckets up on a server that keeps them, against the scripts that people run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from benchmarks.result import Result, compare
from benchmarks.sizes import Size
from influx_pipelines import estate
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import BucketSpec, Estate
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import Settings

WEEK = 604_800


def run(size: Size) -> Iterator[Result]:
    """Create buckets with their mappings on an embedded server."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(url=None, home=Path(folder), _env_file=None)  # type: ignore[call-arg]
        with running_server(settings) as connection, connection.client(settings) as client:
            yield _creating(client, size, Path(folder))


def _creating(client: Influx, size: Size, folder: Path) -> Result:
    from influxdb_client import BucketRetentionRules

    ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)
    official = client.official
    rounds = count()

    def ours() -> None:
        prefix = f"ours{next(rounds)}"
        names = (f"{prefix}_{n}" for n in range(size.buckets))
        declared = Estate({name: BucketSpec(name, WEEK) for name in names}, "declared")
        for kind in ("bucket", "dbrp_mapping"):
            observed = estate.observe(client, (kind,))
            planned = estate.plan(declared, observed, ledger, kinds=(kind,))
            assert not estate.apply(planned, client, ledger).failed

    def script() -> None:
        """One bucket after the other, as the replaced scripts do it."""
        prefix = f"theirs{next(rounds)}"
        api = official.buckets_api()
        known = {bucket.name for bucket in api.find_buckets_iter()}
        rule = BucketRetentionRules(every_seconds=WEEK)
        for number in range(size.buckets):
            if f"{prefix}_{number}" in known:
                continue
            made = api.create_bucket(
                bucket_name=f"{prefix}_{number}", org=client.org, retention_rules=[rule]
            )
            client.create_dbrp(made.id, made.name, "1w")

    return compare(
        f"estate: create {size.buckets:,} buckets",
        ours,
        script,
        against="influxdb-client, one by one",
        times=0.5,  # three requests a bucket, one of them the label for people; theirs two
        size=size,
    )
