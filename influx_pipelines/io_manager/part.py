"""Which part of a measurement a run writes or loads: partitions as a stretch of time and a tag."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

import dagster as dg

from influx_pipelines.io_manager.declared import Declared


@dataclass(frozen=True)
class Part:
    """From `start` to before `stop`, with one of `keys` in the tag `tag`; None: all there is."""

    start: datetime | None = None
    stop: datetime | None = None
    tag: str | None = None
    keys: tuple[str, ...] | None = None

    def __str__(self) -> str:
        bounds = [
            "…" if end is None else end.astimezone(UTC).isoformat(" ").removesuffix("+00:00")
            for end in (self.start, self.stop)
        ]
        text = f"{bounds[0]} to {bounds[1]} UTC" if self.start or self.stop else "all times"
        if self.keys is None:
            return text
        shown = ", ".join(self.keys[:3]) + ("…" if len(self.keys) > 3 else "")
        return f"{text}, {self.tag} = {shown}"


def part_of(context: dg.InputContext | dg.OutputContext, declared: Declared) -> Part | None:
    """The part of a run's partitions; None where it has none of them to load.

    Raises:
        dagster.Failure: the partitions of a run are no single part.
    """
    if not context.has_asset_partitions:
        return Part()
    if not context.asset_partition_keys:
        return None
    definition = context.asset_partitions_def
    if isinstance(definition, dg.TimeWindowPartitionsDefinition):
        window = context.asset_partitions_time_window
        return Part(window.start, window.end)
    if isinstance(definition, dg.MultiPartitionsDefinition):
        return _of_two_dimensions(context, definition, declared)
    if declared.partition_tag is None:
        return Part()
    return Part(tag=declared.partition_tag, keys=tuple(context.asset_partition_keys))


def _of_two_dimensions(
    context: dg.InputContext | dg.OutputContext,
    definition: dg.MultiPartitionsDefinition,
    declared: Declared,
) -> Part:
    name = context.asset_key.to_user_string()
    by_time = {
        dimension.name: dimension.partitions_def
        for dimension in definition.partitions_defs
        if isinstance(dimension.partitions_def, dg.TimeWindowPartitionsDefinition)
    }
    if len(by_time) != 1 or declared.partition_tag is None:
        raise _refused(
            f"Asset {name}: of its two dimensions one must be a time and the other one is kept in "
            "a tag, which its metadata names as `partition_tag`."
        )
    ((time, windows),) = by_time.items()
    pairs = set()
    for key in context.asset_partition_keys:
        by_dimension = dict(definition.get_partition_key_from_str(key).keys_by_dimension)
        pairs.add((by_dimension.pop(time), *by_dimension.values()))
    times = sorted({pair[0] for pair in pairs})
    found = sorted(windows.time_window_for_partition_key(key) for key in times)
    tags = tuple(sorted({pair[1] for pair in pairs}))
    unbroken = all(one.end == next.start for one, next in pairwise(found))
    if len(pairs) != len(times) * len(tags) or not unbroken:
        raise _refused(
            f"Asset {name}: the partitions of a run must be one unbroken stretch of time with the "
            "same keys of the other dimension. Ask for them in several runs."
        )
    return Part(found[0].start, found[-1].end, declared.partition_tag, tags)


def _refused(text: str) -> dg.Failure:
    return dg.Failure(text, allow_retries=False)
