"""What runs over a range of partitions share: their tags, their days, how they end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Protocol

import dagster as dg

RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"
MOST_NAMED = 20

UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


class Retryable(Protocol):
    """An error that knows whether a second try can help."""

    @property
    def retryable(self) -> bool:
        """Whether it can."""


def days_of_run(context: dg.AssetExecutionContext) -> tuple[date, date]:
    """First and last day of a run over daily partitions."""
    window = context.partition_time_window
    return window.start.date(), window.end.date() - timedelta(days=1)


def raise_for(failed: Mapping[str, Retryable], total: int, things: str) -> None:
    """Fail the step at the end, when all others are done, naming those that failed.

    Args:
        failed: name → error.
        total: how many there were.
        things: what they are, in the plural.

    Raises:
        dagster.Failure: retried only when a second try can help one of them.
    """
    if not failed:
        return
    reasons = [f"{name}: {error}" for name, error in list(failed.items())[:MOST_NAMED]]
    raise dg.Failure(
        f"{len(failed)} of {total} {things} failed; the others are done. " + " | ".join(reasons),
        allow_retries=any(error.retryable for error in failed.values()),
    )
