"""What a person asks of an export, checked before anything is sent."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from influx_pipelines.influx.reading.selection import FUNCTIONS
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.windows import length_of, moment_of

FormatName = Literal["csv", "parquet", "lp"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)


def format_of(text: str) -> FormatName:
    """The format of that name.

    Raises:
        TransferError: there is none.
    """
    for name in FORMATS:
        if text == name:
            return name
    raise TransferError(f"format {text!r}: write one of {', '.join(FORMATS)}")


@dataclass(frozen=True)
class ExportRequest:
    """A bucket or the answer to a Flux script, as files.

    Args:
        bucket: its name; a script sees it as `params.bucket`.
        format: `csv`, `parquet` or `lp` (line protocol).
        start: first moment: `-45d`, a date, or an RFC 3339 time.
        stop: end, not included; `now` lets later runs go on where this one ended.
        window: length of time that one file covers.
        measurements: only these; none is all.
        every: length of an aggregate's windows; empty exports the points as they are.
        fn: the aggregate, as in `Influx.read`.
        script: Flux that uses `params.start` and `params.stop`, instead of the bucket itself.
        gzip: compress CSV and line protocol.
    """

    bucket: str
    format: FormatName = "csv"
    start: str = "-45d"
    stop: str = "now"
    window: str = "1d"
    measurements: tuple[str, ...] = ()
    every: str = ""
    fn: str = "mean"
    script: str = ""
    gzip: bool = False

    def __post_init__(self) -> None:
        if self.gzip and self.format == "parquet":
            raise TransferError("gzip is for csv and lp: Parquet is compressed already")
        if self.script and (self.measurements or self.every):
            raise TransferError("A script says what it reads: leave measurement and every out")
        if self.fn not in FUNCTIONS:
            raise TransferError(f"fn {self.fn!r}: write one of {', '.join(FUNCTIONS)}")
        if not self.every and self.fn != "mean":
            raise TransferError(f"fn {self.fn!r} needs every, the length of its windows, as in 30m")
        self.window_length  # noqa: B018  (refuses early)
        self.every_length  # noqa: B018

    @property
    def window_length(self) -> timedelta:
        """The length of a window."""
        return length_of("window", self.window)

    @property
    def every_length(self) -> timedelta:
        """The length of an aggregate's windows; zero without an aggregate."""
        return length_of("every", self.every) if self.every else timedelta()

    def range(self, now: datetime) -> tuple[datetime, datetime]:
        """First moment and end.

        Raises:
            TransferError: one is no time, or the end is not after the start.
        """
        start, stop = moment_of("start", self.start, now), moment_of("stop", self.stop, now)
        if start >= stop:
            raise TransferError(
                f"start {self.start!r} ({start:%Y-%m-%d %H:%M}) is not before stop {self.stop!r} "
                f"({stop:%Y-%m-%d %H:%M})"
            )
        return start, stop

    @property
    def stop_is_fixed(self) -> bool:
        """Whether the end is the same at any time that it is asked for."""
        return self.stop != "now" and not self.stop.startswith("-")

    def arguments(self) -> dict[str, str | bool | list[str]]:
        """The arguments as a manifest keeps them, to tell whether an export is the same one."""
        script = hashlib.sha256(self.script.encode()).hexdigest() if self.script else ""
        return {
            "format": self.format,
            "start": self.start,
            "stop": self.stop,
            "window": self.window,
            "measurements": sorted(self.measurements),
            "every": self.every,
            "fn": self.fn if self.every else "",
            "script": script,
            "gzip": self.gzip,
        }
