"""Arguments that several calls take: what a measurement is, and what is said beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from influx_pipelines.influx import lineprotocol
from influx_pipelines.influx.measurement import Measurement


def check_class(measurement: object) -> None:
    """Refuse what is given in the place of a name and is no class of a measurement.

    Raises:
        TypeError: it is none.
    """
    if not (isinstance(measurement, type) and issubclass(measurement, Measurement)):
        raise TypeError(f"measurement: {measurement!r} is neither text nor a class of Measurement")


def check_arguments(
    measurement: str | type[Measurement],
    tags: Sequence[str],
    fields: Mapping[str, Any] | Sequence[str] | None,
    time: str | None,
    precision: str,
) -> None:
    """Check what a write or an asset says of its columns, beside a name or a class.

    Raises:
        ValueError: a class is given, and beside it what it declares; or a text is given for a
            list of names.
        TypeError: the measurement is neither a name nor a class.
    """
    lineprotocol.check_precision(precision)
    for what, names in (("tags", tags), ("fields", fields)):
        if isinstance(names, str):
            raise ValueError(f"{what}={names!r} is one text: give a list, [{names!r}]")
    if isinstance(measurement, str):
        return
    check_class(measurement)
    if tags or fields is not None:
        raise ValueError(f"{measurement.__name__} declares tags and fields: give one or the other")
    for what, given, plain, declared in (
        ("time", time, Measurement.time_column, measurement.time_column),
        ("precision", precision, Measurement.precision, measurement.precision),
    ):
        if given not in (plain, declared):
            raise ValueError(f"{what}={given!r}: {measurement.__name__} declares {declared!r}")
