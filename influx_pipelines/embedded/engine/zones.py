"""Time zones: what the clocks of a place show. Times are nanoseconds, as everywhere."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.flux.durations import Duration

_SECOND = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NONE = Duration()


@lru_cache(maxsize=64)
def _load(name: str) -> ZoneInfo | None:
    if name in ("", "UTC"):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise FluxError(f"unknown time zone {name}") from None


@dataclass(frozen=True, slots=True)
class Zone:
    """A place with its clocks, None for UTC, and a fixed offset."""

    info: ZoneInfo | None = None
    offset: Duration = NONE

    @classmethod
    def of(cls, location: dict[str, Any]) -> Zone:
        """The zone of a record like `timezone.utc`.

        Raises:
            FluxError: it is none, or nobody knows the place.
        """
        name, offset = location.get("zone"), location.get("offset", NONE)
        if not isinstance(name, str) or not isinstance(offset, Duration):
            raise FluxError("zone property missing from location record")
        return cls(_load(name), offset)

    def clock(self, time: int) -> int:
        """What the clocks show at a time, written as if it were UTC."""
        return time if self.info is None else time + self._away(time // _SECOND) * _SECOND

    def time(self, clock: int) -> int:
        """When the clocks first show this; where they skip it, the moment of the skip."""
        if self.info is None:
            return clock
        seconds, rest = divmod(clock, _SECOND)
        shown = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=self.info)
        first, second = (_seconds(shown.replace(fold=fold)) for fold in (0, 1))
        if first >= second:
            return (seconds - first) * _SECOND + rest
        low, high = seconds - second, seconds - first
        return (low + bisect_left(range(low, high), second, key=self._away)) * _SECOND

    def _away(self, seconds: int) -> int:
        return _seconds(datetime.fromtimestamp(seconds, UTC).astimezone(self.info))


def _seconds(moment: datetime) -> int:
    return (moment.utcoffset() or timedelta()) // timedelta(seconds=1)
