"""The asset checks of tokens: secrets that only we can read, buckets that are there."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.tokens.report import TokenRow
from influx_pipelines.estate.tokens.store import TokenStore
from influx_pipelines.settings import Settings

SECRETS_PRIVATE = check_spec(
    "secrets_private",
    asset=["influx", "tokens"],
    description="The file of every secret can be read by its owner alone.",
)
BUCKETS_EXIST = check_spec(
    "buckets_exist",
    asset=["influx", "token_report"],
    description="No token of the organization speaks of a bucket that is gone.",
)


def secrets_private(declared: Estate, ledger: Ledger, settings: Settings) -> dg.AssetCheckResult:
    """Judge the files by their modes; a file that is gone is for the next apply to see."""
    store = TokenStore.beside(ledger)
    paths = [store.path(name) for name in declared.of("tokens") if store.path(name).is_file()]
    open_ones = [path.name for path in paths if path.stat().st_mode & 0o077]
    return dg.AssetCheckResult(
        check_name="secrets_private",
        passed=not open_ones,
        metadata={"files": len(paths), "open_to_others": metadata.names(open_ones)},
    )


def buckets_exist(rows: Sequence[TokenRow]) -> dg.AssetCheckResult:
    """Judge the tokens of all makers."""
    without = [row.row() for row in rows if row.gone]
    return dg.AssetCheckResult(
        check_name="buckets_exist",
        passed=not without,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"without_bucket": metadata.table(without, empty="none")},
    )
