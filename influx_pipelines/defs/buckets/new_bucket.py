"""The sensor that sees new, renamed and re-made buckets, from state and not from edges."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import dagster as dg

from influx_pipelines.defs.automation import sensor_status
from influx_pipelines.defs.buckets import checks, state, wanted
from influx_pipelines.defs.buckets.gone import PER_BUCKET, is_gone
from influx_pipelines.defs.buckets.partitions import buckets_partitions, candidates, new_keys
from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.influx.models import Bucket
from influx_pipelines.resources import InfluxDBResource

CURSOR_VERSION = 1


@dg.sensor(
    name="new_bucket",
    target=dg.AssetSelection.assets(*PER_BUCKET),
    minimum_interval_seconds=30,
    default_status=sensor_status(),
    description="Gives every bucket its partition, its mapping and its profile, and takes the "
    "partition of a bucket away that is gone.",
)
def new_bucket(
    context: dg.SensorEvaluationContext, influx: InfluxDBResource
) -> dg.SensorResult | dg.SkipReason:
    """Ask for the per-bucket assets of every bucket that lacks one for its present ID."""
    missing_before = _missing_of(context.cursor)
    try:
        with influx.client() as client:
            buckets, unusable = candidates(client.buckets())
            keys = list(context.instance.get_dynamic_partitions(_name()))
            busy = state.in_flight(context.instance, PER_BUCKET, keys)
            absence = wanted.absent(
                keys, {bucket.name for bucket in buckets}, missing_before, in_flight=busy
            )
            gone = [
                name
                for name in absence.confirmed
                if is_gone(client, context.instance, name, context.log)
            ]
    except dg.Failure as failure:
        return dg.SkipReason(f"The list of buckets could not be read: {failure.description}")
    if unusable:
        context.log.warning("No partition can be named like these buckets: %r", unusable)
    added = new_keys(buckets, keys)
    return dg.SensorResult(
        run_requests=_requests(context.instance, buckets, [*keys, *added], busy),
        dynamic_partitions_requests=_partition_requests(added, gone),
        cursor=json.dumps(
            {"version": CURSOR_VERSION, "missing": sorted(set(absence.missing) - set(gone))}
        ),
        asset_events=[checks.mass_absence(absence.missing, len(keys))] if absence.is_mass else [],
    )


def _name() -> str:
    return buckets_partitions.name or ""


def _missing_of(cursor: str | None) -> set[str]:
    """The partitions that the last complete list lacked; a cursor of another form starts over."""
    try:
        value: Any = json.loads(cursor or "{}")
        return set(value["missing"]) if value.get("version") == CURSOR_VERSION else set()
    except (ValueError, KeyError, AttributeError, TypeError):
        return set()


def _partition_requests(
    added: Sequence[str], gone: Sequence[str]
) -> list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest]:
    requests: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
    if added:
        requests.append(buckets_partitions.build_add_request(list(added)))
    if gone:
        requests.append(buckets_partitions.build_delete_request(list(gone)))
    return requests


def _requests(
    instance: dg.DagsterInstance, buckets: Sequence[Bucket], keys: Sequence[str], busy: set[str]
) -> list[dg.RunRequest]:
    """One run for each unbroken stretch of buckets that are not up to date."""
    materialized = [state.materialized_ids(instance, key) for key in PER_BUCKET]
    ids = {bucket.name: bucket.id for bucket in wanted.outdated(buckets, materialized, busy)}
    requests = []
    for stretch in wanted.stretches(keys, ids):
        name = wanted.stretch_hash([(ids[key], key) for key in stretch])
        tried = state.attempts(instance, name)
        if wanted.is_due(tried.count, tried.last_end, time.time()):
            requests.append(_request(stretch, name, tried.count))
    return requests


def _request(stretch: Sequence[str], name: str, attempt: int) -> dg.RunRequest:
    run_key = f"{name}:{attempt}"
    tags = {state.STRETCH: name}
    if len(stretch) == 1:
        return dg.RunRequest(run_key=run_key, partition_key=stretch[0], tags=tags)
    span = {RANGE_START: stretch[0], RANGE_END: stretch[-1]}
    return dg.RunRequest(run_key=run_key, tags={**tags, **span})
