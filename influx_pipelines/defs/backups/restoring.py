"""The proof that backups can be restored: a bucket of the newest one, on trial."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
from pydantic import Field

from influx_pipelines import metadata
from influx_pipelines.backups.alone import alone_with_restores
from influx_pipelines.backups.restore.drill import restore_test as try_restore
from influx_pipelines.backups.restore.trials import (
    RestoreTest,
    RestoreTests,
    load_tests,
    proven_dates,
)
from influx_pipelines.defs.backups.progress import logged
from influx_pipelines.defs.policies import BACKUP_POOL, managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import EstateResource, InfluxDBResource, failures_explained
from influx_pipelines.settings import Settings

KEY = ["backups", "restore_test"]
DUE = timedelta(hours=12)  # after the last one
OLDEST = timedelta(hours=50)  # of the newest proof: one night may fail

COMES_BACK_EQUAL = check_spec(
    "comes_back_equal",
    asset=KEY,
    description="In the newest test, counts and last values of every series are those of the "
    "backup, shard group by shard group.",
)
PROOF_IS_RECENT = check_spec(
    "proof_is_recent",
    asset=KEY,
    description="The newest proven restore is not older than 50 hours.",
)


class RestoreTestConfig(dg.Config):
    """Whether one is done before it is due."""

    now: bool = Field(
        default=False, description="Also when the last one, twelve hours ago or less, was good."
    )


@managed_asset(
    key=KEY,
    group_name="backups",
    code_version="1",
    pool=BACKUP_POOL,
    deps=[["backups", "verification"]],
    check_specs=[COMES_BACK_EQUAL, PROOF_IS_RECENT],
)
def restore_test(
    context: dg.AssetExecutionContext,
    config: RestoreTestConfig,
    influx: InfluxDBResource,
    estate: EstateResource,
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """The newest proven restore: a bucket of the newest good backup, another one each time."""
    yield from tried(context, influx, estate.settings(), anyway=config.now)


def tried(
    context: dg.AssetExecutionContext,
    influx: InfluxDBResource,
    settings: Settings,
    *,
    anyway: bool = False,
) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
    """Restore a bucket on trial when that is due or anyway; judge by the two checks."""
    folder, now = settings.backups, datetime.now(UTC)
    with failures_explained():
        tests = load_tests(folder)
        if anyway or is_due(tests, now):
            with influx.operator() as client, alone_with_restores(folder, "restore test"):
                done = try_restore(client, folder, now, logged(context.log))
            context.log.info("%s", sentence(done))
            tests = load_tests(folder)
    yield comes_back_equal(tests)
    yield proof_is_recent(tests, now)
    newest = tests.tests[-1]
    if not newest.proven:
        raise dg.Failure(
            sentence(newest),
            metadata={"differences": metadata.names(newest.differences)},
            allow_retries=False,
        )
    yield dg.MaterializeResult(
        data_version=dg.DataVersion(f"{newest.backup}/{newest.bucket}/{newest.at.isoformat()}"),
        metadata=proof_metadata(tests, newest, now),
    )


def is_due(tests: RestoreTests, now: datetime) -> bool:
    """Whether the last one failed, is long ago, or was never done."""
    newest = tests.tests[-1] if tests.tests else None
    return newest is None or not newest.proven or now - newest.at > DUE


def sentence(test: RestoreTest) -> str:
    """What came of a test."""
    what = f"bucket {test.bucket!r} of {test.backup}"
    if test.error:
        return f"{what} could not be restored: {test.error}"
    if test.differences:
        shown = "; ".join(test.differences[:10])
        return f"{what} did not come back as it was: {shown}"
    return f"{what} came back as it was, {test.values:,} values"


def proof_metadata(tests: RestoreTests, newest: RestoreTest, now: datetime) -> dict[str, Any]:
    """The newest proof, and the last one of each bucket."""
    proofs = [
        {"bucket": name, "proven": f"{at:%Y-%m-%d %H:%M:%S}"}
        for name, at in sorted(proven_dates(tests.tests).items())
    ]
    return {
        "summary": sentence(newest),
        "proven": dg.MetadataValue.timestamp(newest.at),
        "hours_ago": round((now - newest.at) / timedelta(hours=1), 1),
        "backup": newest.backup,
        "bucket": newest.bucket,
        "values": newest.values,
        "series_and_fields": newest.fields,
        "shard_groups": newest.parts,
        "seconds": newest.seconds,
        "last_proof_of_each_bucket": metadata.table(proofs, empty="none"),
        "scratch_buckets_removed": metadata.names(newest.removed),
    }


def comes_back_equal(tests: RestoreTests) -> dg.AssetCheckResult:
    """Judge the newest test."""
    newest = tests.tests[-1] if tests.tests else None
    return dg.AssetCheckResult(
        check_name="comes_back_equal",
        passed=newest is not None and newest.proven,
        metadata={
            "found": sentence(newest) if newest else "no test yet",
            "differences": metadata.names(newest.differences if newest else ()),
        },
    )


def proof_is_recent(tests: RestoreTests, now: datetime) -> dg.AssetCheckResult:
    """Judge all tests by the age of the newest proof."""
    proof = tests.newest_proven
    return dg.AssetCheckResult(
        check_name="proof_is_recent",
        passed=proof is not None and now - proof.at <= OLDEST,
        metadata={"newest_proof": f"{proof.at:%Y-%m-%d %H:%M:%S}" if proof else "none"},
    )
