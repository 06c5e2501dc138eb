"""What a read asks for: checked before anything is sent, and made into Flux."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from influx_pipelines.flux.durations import Duration, DurationError, format_flux, parse_flux
from influx_pipelines.flux.literals import quote, render
from influx_pipelines.influx.arguments import check_class
from influx_pipelines.influx.measurement import Measurement

NUMERIC = ("mean", "median", "sum", "min", "max", "spread", "stddev")
OF_ANY_TYPE = ("count", "first", "last", "mode")
FUNCTIONS = (*NUMERIC, *OF_ANY_TYPE)
NO_TAGS = ("_measurement", "_field", "_value", "_time", "_start", "_stop")
Bound = datetime | Duration
MONTH = (
    30.436875 * 86_400
)  # seconds on average, only to tell which of two bounds is the earlier one


@dataclass(frozen=True)
class Selection:
    """A read of one measurement; `fields` None means all, `every` None the points themselves."""

    bucket: str
    measurement: str
    start: Bound
    stop: Bound | None
    fields: tuple[str, ...] | None
    tags: Mapping[str, tuple[str, ...]]
    every: Duration | None
    fn: str
    time_src: str

    def of_fields(self, fields: Sequence[str]) -> Selection:
        """The same with these fields."""
        return replace(self, fields=tuple(fields))

    @property
    def is_numeric(self) -> bool:
        """Whether the points are aggregated by a function that takes numbers only."""
        return self.every is not None and self.fn in NUMERIC

    def flux(self) -> str:
        """The script: a long table without the columns that are constant."""
        window = ""
        if self.every is not None:
            options = f"every: {format_flux(self.every)}, fn: {self.fn}, createEmpty: false"
            options += ', timeSrc: "_start"' if self.time_src == "_start" else ""
            window = f"    |> aggregateWindow({options})\n"
        return self._source() + window + _drop("_start", "_stop", "_measurement")

    def ends(self) -> str:
        """A script for the last point of each series, and for the first one of an aggregate.

        Their types are asked for. The source is written twice, since storage answers by itself
        only what goes nowhere else.
        """
        names = ("last",) if self.every is None else ("first", "last")
        return "".join(
            f'{self._source()}    |> {name}()\n    |> yield(name: "{name}")\n' for name in names
        )

    def _source(self) -> str:
        """What storage answers by itself: literals only, it knows no parameters."""
        bounds = f"start: {_literal(self.start)}"
        if self.stop is not None:
            bounds += f", stop: {_literal(self.stop)}"
        lines = [f"from(bucket: {quote(self.bucket)})", f"    |> range({bounds})"]
        wanted = {"_measurement": (self.measurement,), "_field": self.fields or (), **self.tags}
        lines += [
            f"    |> filter(fn: (r) => {_any_of(column, values)})"
            for column, values in wanted.items()
            if values
        ]
        return "\n".join(lines) + "\n"


def _any_of(column: str, values: Sequence[str]) -> str:
    return " or ".join(f"r[{quote(column)}] == {quote(value)}" for value in values)


def _drop(*columns: str) -> str:
    return f"    |> drop(columns: {render(columns)})\n"


def _literal(bound: Bound) -> str:
    text = render(bound)
    nanoseconds = getattr(bound, "nanosecond", 0)  # of a pandas Timestamp
    return f"{text[:-4]}{nanoseconds:03}Z" if nanoseconds else text


def select(
    bucket: str,
    measurement: str | type[Measurement],
    *,
    fields: Collection[str] | None,
    tags: Mapping[str, str | Collection[str]] | None,
    start: datetime | str,
    stop: datetime | str | None,
    every: str | None,
    fn: str,
    time_src: str = "_stop",
) -> Selection:
    """Check the arguments of `Influx.read`.

    Raises:
        ValueError: an argument is wrong; the message begins with its name.
        TypeError: it is of another type.
    """
    _texts("bucket", [bucket])
    chosen = None if fields is None else _texts("fields", fields)
    if tags is not None and not isinstance(tags, Mapping):
        raise TypeError(f"tags: {tags!r} is no mapping; write {{'name': 'value'}}")
    values = {name: _values(name, wanted) for name, wanted in (tags or {}).items()}
    name = measurement if isinstance(measurement, str) else _class(measurement, chosen)
    _texts("measurement", [name])
    if fn not in FUNCTIONS:
        raise ValueError(f"fn: {fn!r} is none of {', '.join(FUNCTIONS)}")
    if every is None and fn != "mean":
        raise ValueError(f"fn: {fn!r} needs `every`, the length of a window, such as '1h'")
    if time_src not in ("_start", "_stop"):
        raise ValueError(f"time_src: {time_src!r} is neither _start nor _stop")
    first, last = _bound("start", start), None if stop is None else _bound("stop", stop)
    now = datetime.now(UTC).timestamp()
    if _seconds(first, now) >= (now if last is None else _seconds(last, now)):
        end = "now" if stop is None else f"stop, {stop}"
        raise ValueError(f"start: {start} is not before {end}; an hour ago is '-1h'")
    length = None if every is None else _length(every)
    return Selection(bucket, name, first, last, chosen, values, length, fn, time_src)


def _class(measurement: type[Measurement], fields: Sequence[str] | None) -> str:
    """The name of a class that has these fields."""
    check_class(measurement)
    if not measurement.name:
        raise ValueError(f"measurement: {measurement.__name__} has no name")
    for name in fields or ():
        if name not in measurement.fields:
            has = ", ".join(measurement.fields)
            raise ValueError(f"fields: {name!r} is none of {measurement.__name__}: {has}")
    return measurement.name


def _values(tag: str, wanted: str | Collection[str]) -> tuple[str, ...]:
    _texts("tags", [tag])
    if tag in NO_TAGS:
        raise ValueError(f"tags: {tag!r} is no tag; there are arguments for field and measurement")
    return _texts(f"tags[{tag!r}]", [wanted] if isinstance(wanted, str) else wanted)


def _texts(argument: str, texts: Any) -> tuple[str, ...]:
    if isinstance(texts, str) or not isinstance(texts, Collection):
        raise TypeError(f"{argument}: {texts!r} is no list of texts")
    if not len(texts):
        raise ValueError(f"{argument}: the list is empty; leave it out for all")
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"{argument}: {text!r} is no text")
        if not text:
            raise ValueError(f"{argument}: an empty text is the name or value of nothing")
    return tuple(dict.fromkeys(texts))


def _bound(argument: str, value: Any) -> Bound:
    if isinstance(value, str):
        try:
            return parse_flux(value)
        except DurationError:
            raise ValueError(
                f"{argument}: {value!r} is no duration such as -1h30m; a moment is an aware "
                "datetime"
            ) from None
    if not isinstance(value, datetime):
        raise TypeError(f"{argument}: {value!r} is neither an aware datetime nor text such as -1h")
    if value.tzinfo is None:
        raise ValueError(f"{argument}: {value} has no time zone; make it aware, in UTC")
    return value


def _length(text: str) -> Duration:
    if not isinstance(text, str):
        raise TypeError(f"every: {text!r} is no text; write it like 1h or 1mo")
    try:
        length = parse_flux(text)
    except DurationError as error:
        raise ValueError(f"every: {error}") from None
    if min(length.months, length.nanoseconds) < 0 or length == Duration():
        raise ValueError(f"every: {text!r} is no length; write it like 1h or 1mo")
    return length


def _seconds(bound: Bound, now: float) -> float:
    if isinstance(bound, datetime):
        return bound.timestamp()
    return now + bound.months * MONTH + bound.nanoseconds / 1e9
