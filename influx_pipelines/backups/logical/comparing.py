"""What a bucket holds now against what a backup of it holds, by series and field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from influx_pipelines.backups.logical import script
from influx_pipelines.backups.logical.asking import batches
from influx_pipelines.backups.logical.contents import WindowFile, moment
from influx_pipelines.backups.logical.tally import Field, Tally
from influx_pipelines.backups.logical.windows import Window
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.retry import retrying

MOST = 20  # differences that are listed


def differences(
    client: Influx, bucket_id: str, windows: Iterable[WindowFile], *, may_have_more: bool = False
) -> tuple[str, ...]:
    """A sentence for each field of a window whose number of values is another one.

    The server counts, window by window; memory does not grow with the number of series.

    Args:
        client: of the server.
        bucket_id: of the bucket.
        windows: what it should hold.
        may_have_more: whether others write into it.

    Raises:
        InfluxError: the server did not answer.
    """
    found: list[str] = []
    for window in windows:
        found += _differences(_counted(client, bucket_id, window), window, may_have_more)
        if len(found) > MOST:
            return (*found[:MOST], "and more")
    return tuple(found)


def _counted(client: Influx, bucket_id: str, window: WindowFile) -> Tally:
    from influx_pipelines.backups.logical.lines import Lines

    flux = script.counted(bucket_id, Window(window.start, window.stop))

    def once() -> Tally:
        lines = Lines()
        for batch in batches(client, flux):
            lines.count(batch)
        return lines.tally

    return retrying(once, client.retry_seconds)


def _differences(there: Tally, window: WindowFile, may_have_more: bool) -> list[str]:
    if f"{there.sum:016x}" == window.sum:
        return []
    now, wanted = _by_field(there.fields), _by_field(_recorded(window))
    span = f"{moment(window.start):%Y-%m-%d %H:%M} to {moment(window.stop):%Y-%m-%d %H:%M}"
    found = [
        f"{span}, field {field!r} of {measurement!r}: {now[measurement, field]:,} values instead "
        f"of {wanted[measurement, field]:,}"
        for measurement, field in sorted(now.keys() | wanted.keys())
        if now[measurement, field] < wanted[measurement, field]
        or (now[measurement, field] > wanted[measurement, field] and not may_have_more)
    ]
    if not found and not may_have_more:
        found.append(f"{span}: as many values of each field, but in other series")
    return found


def _recorded(window: WindowFile) -> Counter[Field]:
    return Counter({(one.measurement, one.field, one.type): one.values for one in window.fields})


def _by_field(counts: Counter[Field]) -> Counter[tuple[str, str]]:
    """Without the types, which the server does not tell when it counts."""
    found: Counter[tuple[str, str]] = Counter()
    for (measurement, field, _), values in counts.items():
        found[measurement, field] += values
    return found
