"""Windows of time in nanoseconds, over all that a query can reach."""

from __future__ import annotations

from dataclasses import dataclass

from influx_pipelines.backups.logical.contents import moment
from influx_pipelines.influx.lineprotocol import MAX_TIME, MIN_TIME

SECOND = 10**9
DAY = 86_400 * SECOND
BEGIN, END = MIN_TIME, MAX_TIME  # the last nanosecond is stored, and no range can hold it
YEAR_ONE = 62_135_596_800 * SECOND  # before the epoch: shard groups are cut from there
FEW, MANY = 500_000, 4_000_000  # values of a file


def text(nanoseconds: int) -> str:
    """A time as Flux writes it."""
    whole = nanoseconds - nanoseconds % SECOND
    return f"{moment(whole):%Y-%m-%dT%H:%M:%S}.{nanoseconds % SECOND:09}Z"


def stamp(nanoseconds: int) -> str:
    """A time as the name of a file, in the order of time within a bucket."""
    whole, rest = nanoseconds - nanoseconds % SECOND, nanoseconds % SECOND
    return f"{moment(whole):%Y%m%dT%H%M%S}" + (f".{rest:09}" if rest else "") + "Z"


@dataclass(frozen=True)
class Window:
    """From `start` to before `stop`."""

    start: int
    stop: int

    @property
    def range(self) -> str:
        """The part of a script that asks for it."""
        return f"    |> range(start: {text(self.start)}, stop: {text(self.stop)})\n"

    def first_half(self) -> Window | None:
        """The part before the middle, cut at a whole second; None when it is too short."""
        middle = (self.start + self.stop) // 2
        middle -= middle % SECOND
        return Window(self.start, middle) if middle > self.start else None


ALL = Window(BEGIN, END)


class Pace:
    """How long the next window is: as long as a shard group, shorter where points are dense.

    No window spans two shard groups, since a field may have another type in each, and one query
    leaves the values of the second type out without a word (seen on 2.9.1).

    Args:
        shard_seconds: of the bucket's shard groups; 0 when nobody knows.
    """

    def __init__(self, shard_seconds: int) -> None:
        self.shard = shard_seconds * SECOND or DAY
        self.length = min(self.shard, DAY)

    def group_of(self, when: int) -> Window:
        """The whole shard group of a time."""
        start = when - (when + YEAR_ONE) % self.shard
        return Window(max(start, BEGIN), min(start + self.shard, END))

    def window(self, start: int) -> Window:
        """The window that begins at a time."""
        group = self.group_of(start)
        end = start + self.length - (start - group.start) % self.length
        return Window(start, min(end, group.stop))

    def learn(self, values: int) -> None:
        """Fit the length to how many values the last window had."""
        if values > MANY:
            self.length = max(self.length // 2, SECOND)
        elif values < FEW:
            self.length = min(self.length * 2, self.shard)
