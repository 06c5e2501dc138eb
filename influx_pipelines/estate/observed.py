"""One look at a server, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from influx_pipelines.influx.models import Bucket, Dbrp


@dataclass(frozen=True, slots=True)
class Observed:
    """Buckets (system ones too), DBRP mappings (virtual ones too), and `others` by kind."""

    buckets: tuple[Bucket, ...] = ()
    mappings: tuple[Dbrp, ...] = ()
    others: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
