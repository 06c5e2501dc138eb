"""Making one bucket out of a backup, and counting what is in it afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from influx_pipelines.backups.progress import Progress, Step
from influx_pipelines.backups.restore.counting import counted
from influx_pipelines.backups.restore.held import can_be_asked, gaps
from influx_pipelines.backups.restore.source import Source
from influx_pipelines.influx.client import Influx

MOST_GAPS = 100  # that are told one by one


@dataclass(frozen=True)
class Comparison:
    r"""What a server has of a bucket, beside what the backup has.

    Attributes:
        parts: shard groups that were counted.
        fields: of all series, in the backup, in each of its shard groups.
        values: on the server.
        unasked: fields of measurements that a query cannot name, such as `a\=b`.
        differing: fields that are not as in the backup.
        gaps: the first of them, as sentences.
    """

    parts: int
    fields: int
    values: int
    unasked: int
    differing: int
    gaps: tuple[str, ...]


def compare(
    client: Influx,
    source: Source,
    bucket: str,
    progress: Progress,
    *,
    exact: bool = False,
    last: bool = False,
) -> Comparison:
    """Count series by series, field by field, shard group by shard group.

    Args:
        client: of the server.
        source: the bucket in the backup.
        bucket: its name on the server.
        progress: is told of each shard group.
        exact: whether points that the backup has not are a difference: others may write into a
            bucket as soon as it is there.
        last: whether last values are compared too.

    Raises:
        InfluxError: the server did not answer.
    """
    fields = values = unasked = differing = 0
    told: list[str] = []
    parts = list(source.parts())
    for number, part in enumerate(parts, 1):
        held = part.held(last=last)
        expected = {field: found for field, found in held.items() if can_be_asked(field)}
        unasked += len(held) - len(expected)
        there = counted(client, bucket, part.start, part.stop, last=last)
        fields += len(expected)
        values += sum(held.values for held in there.values())
        for gap in gaps(part.start, expected, there):
            if exact or gap.found < gap.expected:
                differing += 1
                told += [str(gap)] * (len(told) < MOST_GAPS)
        progress(Step(f"counting {part.start:%Y-%m-%d} of {bucket}", number, len(parts)))
    return Comparison(len(parts), fields, values, unasked, differing, tuple(told))
