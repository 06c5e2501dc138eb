"""Partitions without a bucket, where no sensor takes them away."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.buckets import state, wanted
from influx_pipelines.defs.buckets.gone import PER_BUCKET, is_gone
from influx_pipelines.defs.buckets.partitions import PARTITIONS, candidates
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import InfluxDBResource

KEY = ["housekeeping", "bucket_partitions"]
MOST = 500  # names that are remembered until the next night

FEW_ARE_MISSING = check_spec(
    "few_are_missing",
    asset=KEY,
    description="Not more than a tenth of the partitions lack a bucket: that is no housekeeping.",
)


@managed_asset(key=KEY, group_name="housekeeping", code_version="1", check_specs=[FEW_ARE_MISSING])
def bucket_partitions(
    context: dg.AssetExecutionContext, influx: InfluxDBResource
) -> dg.MaterializeResult:
    """Partitions of buckets, without those whose bucket is gone since the time before.

    The rule is that of the sensor `new_bucket`: a partition goes when two complete lists lack its
    bucket, the server does not know its ID, and no run needs it; if more than a tenth is missing
    nothing goes.
    """
    instance = context.instance
    with influx.client() as client:
        buckets, _ = candidates(client.buckets())
        keys = list(instance.get_dynamic_partitions(PARTITIONS))
        busy = state.in_flight(instance, PER_BUCKET, keys)
        listed = {bucket.name for bucket in buckets}
        absence = wanted.absent(keys, listed, _missing_before(instance), in_flight=busy)
        gone = [name for name in absence.confirmed if is_gone(client, instance, name, context.log)]
    for name in gone:
        instance.delete_dynamic_partition(PARTITIONS, name)
    waiting = sorted(set(absence.missing) - set(gone))
    return dg.MaterializeResult(
        metadata={
            "summary": f"{len(gone)} partitions without a bucket deleted",
            "partitions": len(keys) - len(gone),
            "deleted_partitions": len(gone),
            "deleted": metadata.names(gone),
            "missing": metadata.json_value(waiting[:MOST]),
        },
        check_results=[few_are_missing(absence, keys)],
    )


def few_are_missing(absence: wanted.Absence, keys: Sequence[str]) -> dg.AssetCheckResult:
    """Judge how many partitions lack a bucket."""
    return dg.AssetCheckResult(
        check_name=FEW_ARE_MISSING.name,
        passed=not absence.is_mass,
        metadata={"missing_buckets": len(absence.missing), "partitions": len(keys)},
    )


def _missing_before(instance: dg.DagsterInstance) -> set[str]:
    """What lacked a bucket the time before."""
    for record in instance.fetch_materializations(dg.AssetKey(KEY), limit=1).records:
        event = record.asset_materialization
        value: Any = event.metadata["missing"].value if event else []
        return set(value) if isinstance(value, list) else set()
    return set()
