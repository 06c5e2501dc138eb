"""Which columns of a table are tags, fields and the time of its points."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from influx_pipelines.influx import lineprotocol
from influx_pipelines.influx.arguments import check_arguments
from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.measurement import TYPE_NAMES, FieldType, Measurement


@dataclass(frozen=True)
class Column:
    """A tag or field: its column, its escaped name, and the declared type of a field."""

    name: str
    key: str
    declared: FieldType | None = None


@dataclass(frozen=True)
class Columns:
    """The columns of one schema; tags are in the order of their bytes, as the server wants."""

    tags: list[Column]
    fields: list[Column]
    time: str | None


@dataclass(frozen=True)
class Layout:
    """How the columns of a table become points.

    Attributes:
        measurement: its name.
        tags: columns that are tags.
        fields: columns that are fields, with their types where they are declared; None takes
            every column that is neither a tag nor the time.
        time: column of the time; None writes one time for all rows.
        precision: of the written times, and of a time column of integers.
        owner: the class that declares all of it; a column that it does not know is refused.
    """

    measurement: str
    tags: tuple[str, ...] = ()
    fields: Mapping[str, FieldType] | Sequence[str] | None = None
    time: str | None = "time"
    precision: str = "ns"
    owner: str = ""

    @classmethod
    def of(cls, measurement: type[Measurement]) -> Layout:
        """The layout that a class declares.

        Raises:
            UnwritableError: the class is a base without a name.
        """
        if not measurement.name:
            raise UnwritableError(
                f"{measurement.__name__} has no name: class X({measurement.__name__}, name=…)"
            )
        types = {name: field.type for name, field in measurement.fields.items()}
        return cls(
            measurement.name,
            tuple(measurement.tags),
            types,
            measurement.time_column,
            measurement.precision,
            measurement.__name__,
        )

    @property
    def head(self) -> str:
        """The escaped name of the measurement."""
        return lineprotocol.measurement_text(self.measurement)

    @property
    def declared(self) -> dict[str, FieldType | None]:
        """The columns that are declared with a type; that of a tag is None."""
        types: dict[str, FieldType | None] = dict.fromkeys(self.tags if self.owner else ())
        return {**types, **self.fields} if isinstance(self.fields, Mapping) else types

    def columns(self, schema: pa.Schema) -> Columns:
        """The columns of the points of a table.

        Raises:
            UnwritableError: a name cannot be written, is not there, or is there twice.
        """
        names = list(schema.names)
        time = self._time_in(schema)
        fields = self._field_names(names)
        for what, wanted in (("tag", self.tags), ("field", fields)):
            for name in wanted:
                if name not in names:
                    raise _missing(what, name, names)
        _check_once(names, "is there twice in the table: rename one")
        _check_once(
            [*self.tags, *fields, *([time] if time else [])],
            "is given twice: a column is a tag, a field or the time",
        )
        types = self.fields if isinstance(self.fields, Mapping) else {}
        tags = [Column(name, lineprotocol.tag_key(name)) for name in self.tags]
        return Columns(
            sorted(tags, key=lambda tag: tag.name.encode()),
            [Column(n, lineprotocol.field_key(n), _known_type(n, types.get(n))) for n in fields],
            time,
        )

    def _time_in(self, schema: pa.Schema) -> str | None:
        names = list(schema.names)
        if self.time is None or self.time in names:
            return self.time
        if self.time != "time":
            raise _missing("time", self.time, names)
        others = [x.name for x in schema if pa.types.is_timestamp(x.type)]
        if others and not self.owner:
            raise UnwritableError(
                f"the table has no column 'time', but times in {_all(others)}: say which one is "
                f"the time of the points, time={others[0]!r}, or None for the present time"
            )
        return None

    def _field_names(self, names: Sequence[str]) -> list[str]:
        others = [name for name in names if name not in (*self.tags, self.time)]
        if self.fields is None:
            fields = others
        else:
            fields = list(self.fields)
            for name in others:
                if self.owner and name not in fields:
                    raise UnwritableError(
                        f"column {name!r} is none of {self.owner}: declare it there or drop it"
                    )
        if not fields:
            raise UnwritableError(
                f"no column is left for a field of {self.measurement!r}; the table has "
                f"{_all(names)}"
            )
        return fields


def layout_of(
    measurement: str | type[Measurement],
    tags: Sequence[str],
    fields: Mapping[str, FieldType] | Sequence[str] | None,
    time: str | None,
    precision: str,
) -> Layout:
    """The layout of the arguments of `Influx.write`.

    Raises:
        ValueError: a class is given, and beside it what it declares; or a text is given for a
            list of names.
        TypeError: the measurement is neither a name nor a class.
    """
    check_arguments(measurement, tags, fields, time, precision)
    if isinstance(measurement, str):
        fields = dict(fields) if isinstance(fields, Mapping) else fields
        return Layout(measurement, tuple(tags), fields, time, precision)
    return Layout.of(measurement)


def _known_type(name: str, declared: FieldType | None) -> FieldType | None:
    if declared is not None and declared not in TYPE_NAMES:
        raise UnwritableError(
            f"field {name!r} is declared {declared!r}: a field is float, int, str, bool or "
            '"unsigned"'
        )
    return declared


def _missing(what: str, name: str, names: Sequence[str]) -> UnwritableError:
    return UnwritableError(f"{what} {name!r} is no column of the table; it has {_all(names)}")


def _all(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "none"


def _check_once(names: Iterable[str], trouble: str) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise UnwritableError(f"column {name!r} {trouble}")
