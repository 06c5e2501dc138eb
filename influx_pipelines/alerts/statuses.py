"""What a monitoring check or an application task said of one series at one time.

The roads to it are `webhook` (a payload of InfluxDB), `monitoring` (rows of the bucket
`_monitoring`), `findings` (rows that the application tasks write) and `orchestrator`.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from influx_pipelines.alerts.levels import RANK, Level

Origin = Literal["webhook", "reconcile", "finding", "orchestrator"]
Scalar = str | int | float | bool | None
MAX_CHECK_ID = 64
INT64 = range(-(2**63), 2**63)


class BadStatus(ValueError):
    """What was read is no status; the message names the member and what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One status; times are nanoseconds since 1970.

    Raises:
        BadStatus: the identity cannot be stored: an empty or overlong check id, a time that is no
            64-bit integer.
    """

    organisation: str
    check_id: str
    check_name: str
    check_type: str = ""
    level: Level
    message: str = ""
    status_time: int
    source_time: int | None = None
    source_measurement: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)
    origin: Origin
    # Tags and fields were told apart by their types alone; a read-back may correct it.
    guessed: bool = False

    def __post_init__(self) -> None:
        if not 0 < len(self.check_id) <= MAX_CHECK_ID:
            raise BadStatus(f"_check_id: 1 to {MAX_CHECK_ID} characters are needed")
        for name, time in (("status", self.status_time), ("source", self.source_time or 0)):
            if not isinstance(time, int) or time not in INT64:
                raise BadStatus(f"_{name}_timestamp: no integer of 64 bits")

    @property
    def series_key(self) -> str:
        """The identity of the series within its check: its measurement and all its tags."""
        return series_key(self.source_measurement, self.tags)

    @property
    def order(self) -> tuple[int, int, int]:
        """Newer is greater: by status time, then the point that was looked at, then the level.

        One run of a check gives all its statuses one time, several of one series too.
        """
        return (self.status_time, self.source_time or 0, RANK[self.level])


def series_key(measurement: str, tags: Mapping[str, str]) -> str:
    """A fingerprint of fixed length; the order of the tags does not matter."""
    text = json.dumps([measurement, sorted(tags.items())], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def storable(value: Any) -> Any:
    """The value as every database takes it.

    PostgreSQL refuses NUL in a text and NaN in JSON; a lone surrogate is not UTF-8.
    """
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {storable(str(name)): storable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value
