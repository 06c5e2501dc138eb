"""What a judgement says: whether it is well, what was expected, what there is, and its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from influx_pipelines.flux.durations import Duration, format_flux


@dataclass(frozen=True)
class Verdict:
    """A judgement of a source.

    Attributes:
        rows: a table, the bad ones first.
        bars: its picture, a bar each; `limit` is drawn across them.
    """

    passed: bool
    expected: str
    actual: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    bars: Mapping[str, float] = field(default_factory=dict)
    unit: str = ""
    limit: float | None = None


def nothing(expected: str, *, optional: bool) -> Verdict:
    """The judgement of a source that never had a point."""
    return Verdict(optional, expected, "there never was a point")


def length(time: timedelta) -> str:
    """A length for people: `6h`, `1d12h`; seconds at most."""
    seconds = timedelta(seconds=round(time.total_seconds()))
    return format_flux(Duration.of(seconds))
