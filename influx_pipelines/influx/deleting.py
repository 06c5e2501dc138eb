"""Deleting points: a stretch of time, a measurement, values of tags."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from influx_pipelines.influx.arguments import check_class
from influx_pipelines.influx.measurement import Measurement
from influx_pipelines.influx.session import Session

# The first and the last moment that a point can have.
FIRST = "1677-09-21T00:12:43.145224194Z"
LAST = "2262-04-11T23:47:16.854775806Z"
JUST_BEFORE = timedelta(microseconds=1)
# The server takes them in a predicate and deletes nothing, or refuses them.
NOT_IN_PREDICATES = {"_field", "_value", "_time", "_measurement"}


class DeleteCalls(Session):
    """Points of the client's organisation."""

    def delete(
        self,
        bucket: str,
        measurement: str | type[Measurement],
        *,
        tags: Mapping[str, str] | None = None,
        start: datetime | None = None,
        stop: datetime | None = None,
    ) -> None:
        """Delete the points of a measurement, from `start` to before `stop`; None is without end.

        Args:
            bucket: name of the bucket.
            measurement: its name, or the class that declares it.
            tags: values that the points have; all of them.
            start: aware time of the first points that go.
            stop: aware time of the first points that stay.

        Raises:
            ValueError: the server would take it and delete nothing; a naive time.
            TypeError: a value of a tag is no text, a time no datetime.
            InfluxError: nothing, or a part, was deleted; repeat it.
        """
        if not isinstance(measurement, str):
            check_class(measurement)
            measurement = measurement.name
        if start is not None and stop is not None and _aware(start) >= _aware(stop):
            raise ValueError(f"start, {start}, is not before stop, {stop}")
        body = {
            "start": _moment(start) if start is not None else FIRST,
            # The server deletes the points at `stop` too, which a range of a query leaves out.
            "stop": LAST if stop is None else _moment(_aware(stop) - JUST_BEFORE, "999"),
            "predicate": predicate(measurement, tags or {}),
        }
        params = {"org": self.org, "bucket": bucket}
        self.request("POST", "/api/v2/delete", params=params, json=body)


def predicate(measurement: str, tags: Mapping[str, str]) -> str:
    """`_measurement="m" AND tag="value"…`.

    Raises:
        ValueError: the server would take the term and delete nothing.
    """
    if not measurement:
        raise ValueError("the name of the measurement is empty, which matches nothing in a delete")
    for name, value in tags.items():
        if not isinstance(value, str):
            raise TypeError(f"tag {name!r}: {value!r} is no text; a delete takes one value")
        if name in NOT_IN_PREDICATES:
            raise ValueError(f"{name!r} is no tag that points can be deleted by")
        if not value:
            raise ValueError(f"tag {name!r}: an empty value matches nothing in a delete")
    terms = [f"{_quote(name)}={_quote(value)}" for name, value in tags.items()]
    return " AND ".join([f"_measurement={_quote(measurement)}", *terms])


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _aware(value: datetime) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError(f"{value!r} is no time: give an aware datetime")
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone: make it aware, in UTC")
    return value


def _moment(value: datetime, nanoseconds: str = "000") -> str:
    return _aware(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + nanoseconds + "Z"
