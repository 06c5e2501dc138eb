"""The asset checks of the bucket assets; those of per-bucket assets judge all buckets."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.buckets.wanted import absent
from influx_pipelines.defs.runbooks import check_spec

ALL_MAPPED = check_spec(
    "all_mapped",
    asset=["influx", "dbrp_mappings"],
    description="Every bucket that the estate wants mapped has its mapping.",
)
PARTITIONS_HAVE_BUCKETS = check_spec(
    "partitions_have_buckets",
    asset=["influx", "bucket_profile"],
    description="Not more than a tenth of the partitions lost their bucket at once.",
)


def all_mapped(pending: Sequence[dict[str, str]]) -> dg.AssetCheckResult:
    """Judge the mappings of all buckets."""
    return dg.AssetCheckResult(
        check_name="all_mapped",
        passed=not pending,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"left_to_do": metadata.table(pending, empty="nothing")},
    )


def partitions_have_buckets(keys: Sequence[str], listed: Collection[str]) -> dg.AssetCheckResult:
    """Judge the partitions against a complete list of buckets."""
    found = absent(keys, listed, ())
    return dg.AssetCheckResult(
        check_name="partitions_have_buckets",
        passed=not found.is_mass,
        metadata={"partitions": len(keys), "without_bucket": metadata.names(found.missing)},
    )


def mass_absence(missing: Sequence[str], total: int) -> dg.AssetCheckEvaluation:
    """The failed check that the sensor leaves when too many buckets are missing at once."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(["influx", "bucket_profile"]),
        check_name="partitions_have_buckets",
        passed=False,
        metadata={"partitions": total, "without_bucket": metadata.names(missing)},
        description=f"{len(missing)} of {total} partitions have no bucket. None was removed; look "
        "whether the token still sees all buckets.",
    )
