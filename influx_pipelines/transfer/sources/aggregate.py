"""The points of a bucket, aggregated over windows of time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from influx_pipelines.flux.durations import Duration, format_flux
from influx_pipelines.flux.literals import quote
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.reading.selection import NUMERIC
from influx_pipelines.transfer.sources.bucket import LARGEST, BucketSource
from influx_pipelines.transfer.sources.source import bounds
from influx_pipelines.transfer.windows import Window

# A row a series and field, whose type is what is asked for.
NEWEST = """
    |> last()
    |> drop(columns: ["_start", "_stop", "_time"])
"""


class AggregateSource(BucketSource):
    """One value a series, field and `every`; its time is the end of that.

    Fields that the function does not take are left out: the mean of a text is an error.
    """

    def __init__(
        self,
        client: Influx,
        bucket: str,
        measurements: Sequence[str],
        *,
        every: timedelta,
        fn: str,
        largest: int = LARGEST,
    ) -> None:
        super().__init__(client, bucket, measurements, largest=largest)
        self.step, self.fn = every, fn
        self.knows_nulls = fn == "mode"  # where no value is the most frequent one

    def script(self, window: Window) -> str | None:
        """The fields of the window that the function takes, aggregated."""
        script = self.points
        if self.fn in NUMERIC:
            fields = self._numbers(window)
            if not fields:
                return None
            script += f"    |> filter(fn: (r) => {_any_of(fields)})\n"
        every = format_flux(Duration.of(self.step))
        return script + (
            f"    |> aggregateWindow(every: {every}, fn: {self.fn}, createEmpty: false)\n"
        )

    def _numbers(self, window: Window) -> dict[str, set[str]]:
        """Measurement → its fields that hold numbers; the others are remembered as left out."""
        from influx_pipelines.transfer.wide import is_number

        numbers: dict[str, set[str]] = {}
        for batch in self.client.stream(self.points + NEWEST, bounds(window)):
            pairs = zip(batch["_measurement"].to_pylist(), batch["_field"].to_pylist(), strict=True)
            if is_number(batch["_value"].type):
                for measurement, field in pairs:
                    numbers.setdefault(measurement, set()).add(field)
            else:
                self.left_out.update(f"{measurement}.{field}" for measurement, field in pairs)
        return numbers


def _any_of(fields: Mapping[str, Collection[str]]) -> str:
    terms = []
    for measurement, names in sorted(fields.items()):
        of_fields = " or ".join(f"r._field == {quote(name)}" for name in sorted(names))
        terms.append(f"(r._measurement == {quote(measurement)} and ({of_fields}))")
    return " or ".join(terms)
