"""What a source of points promises; its asset checks and its pictures are made from this.

The limits that are not given are those of the alerts of the power monitoring that this replaces:
a series is dead after six hours without a point, and of six hours less than three tenths of the
windows may be empty.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from influx_pipelines.influx.measurement import Measurement
from influx_pipelines.settings import Settings

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Limits:
    """When the data of a source is bad.

    Attributes:
        oldest: age of the newest point; None is twice the interval of the source.
        gap_window: how far back gaps are looked for.
        gap_share: share of empty windows of one interval, from which on it is bad.
        dead_after: age of the newest point of a series.
        forget_after: a series without a point for so long is no series any more.
        rows: fewest and most points of a series in a day (of a measurement, when the source is not
            regular); None is half and twice what the interval gives.
    """

    oldest: timedelta | None = None
    gap_window: timedelta = timedelta(hours=6)
    gap_share: float = 0.3
    dead_after: timedelta = timedelta(hours=6)
    forget_after: timedelta = timedelta(days=365)
    rows: tuple[float, float] | None = None


@dataclass(frozen=True)
class Step:
    """A field whose mean should not jump from one window to the next.

    Attributes:
        rise: by so much or more, in the unit of the field.
        fall: the same downwards; None is as `rise`.
        missing: what an empty window counts as when none was before it (0 for a device that is
            off); None judges no series before it has two windows.
    """

    measurement: type[Measurement]
    field: str
    rise: float
    fall: float | None = None
    window: timedelta = timedelta(minutes=12)
    missing: float | None = None


@dataclass(frozen=True)
class Shown:
    """A picture of a source's last day: a line for each value of a tag."""

    title: str
    measurement: type[Measurement]
    field: str
    by: str
    unit: str = ""
    fn: str = "mean"
    where: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """An asset that writes points, and what is expected of them.

    Attributes:
        asset: key of the asset.
        bucket: name of the bucket, by the settings.
        measurements: what it writes.
        counted: a field that every point has; empty is the first declared one.
        every: a point of each series is expected so often.
        series: tags that tell one source of points from another: a host, a place.
        regular: False for events, whose number is no promise: all are one series then.
        optional: nothing is expected of it until its first point is there.
        sample: bucket with a made-up sample, which the ingest report shows until there are points.
        steps: fields that should not jump.
        shown: pictures of the ingest report.
    """

    asset: tuple[str, ...]
    bucket: Callable[[Settings], str]
    measurements: tuple[type[Measurement], ...]
    every: timedelta
    counted: str = ""
    series: tuple[str, ...] = ()
    regular: bool = True
    optional: bool = False
    sample: str = ""
    limits: Limits = Limits()
    steps: tuple[Step, ...] = ()
    shown: tuple[Shown, ...] = ()

    @property
    def name(self) -> str:
        """The key of the asset as text."""
        return "/".join(self.asset)

    @property
    def oldest(self) -> timedelta:
        """The greatest age of the newest point."""
        return self.limits.oldest or 2 * self.every

    @property
    def rows(self) -> tuple[float, float]:
        """Fewest and most points of a series in a day."""
        a_day = DAY / self.every
        return self.limits.rows or (0.5 * a_day, 2.0 * a_day)


def floor(time: datetime, every: timedelta) -> datetime:
    """The beginning of the window that a time is in; windows begin at 1970."""
    seconds = time.timestamp() // every.total_seconds() * every.total_seconds()
    return datetime.fromtimestamp(seconds, tz=time.tzinfo)
