"""Measurements as small classes: names, types, units and descriptions in one place.

    class Weather(Measurement, name="weather", precision="s"):
        "Current weather at one place."
        location = Tag("Place, as the provider names it.")
        temperature = Field(float, unit="°C", description="Air, two metres above ground.")
        observed = Time("When it was observed.", name="time")

A class without a name is a base whose columns others inherit.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from influx_pipelines.influx import lineprotocol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Field", "Measurement", "Tag"]

FieldType = type | Literal["unsigned"]
TYPE_NAMES: dict[Any, str] = {
    float: "float",
    int: "integer",
    str: "string",
    bool: "boolean",
    "unsigned": "unsigned",
}


@dataclass(frozen=True)
class Tag:
    """A tag: text, a boolean or an integer; `name` is its column where the attribute is not."""

    description: str = ""
    name: str = ""


@dataclass(frozen=True)
class Field:
    """A field of one type for ever: float, int, str, bool, or the text "unsigned"."""

    type: FieldType
    unit: str = ""
    description: str = ""
    name: str = ""


@dataclass(frozen=True)
class Time:
    """The column of the time; without one it is `time`."""

    description: str = ""
    name: str = ""


class Measurement:
    """What a measurement consists of; subclass it, there are no instances.

    Attributes:
        name: of the measurement.
        precision: of its times: `ns`, `us`, `ms` or `s`.
        time_column: column of the time.
        tags: tags by column.
        fields: fields by column.
    """

    name: ClassVar[str] = ""
    precision: ClassVar[str] = "ns"
    time_column: ClassVar[str] = "time"
    tags: ClassVar[dict[str, Tag]] = {}
    fields: ClassVar[dict[str, Field]] = {}
    _time: ClassVar[Time] = Time()

    def __init_subclass__(cls, name: str = "", precision: str | None = None) -> None:
        """Collect the columns.

        Raises:
            TypeError: a column takes the place of an attribute of every measurement, has an
                unknown type, or is declared twice; a measurement has no field.
            UnwritableError: a name cannot be written.
        """
        own = dict(vars(cls))  # before a name takes the place of a column called `name`
        for kept in ("tags", "fields"):
            if isinstance(own.get(kept), Mapping | Sequence):
                raise TypeError(f"{cls.__name__}.{kept}: write a line for each column, x = Tag()")
        cls._inherit()
        for attribute, declared in own.items():
            if isinstance(declared, Tag | Field | Time):
                cls._declare(attribute, declared)
            elif isinstance(declared, type) and issubclass(declared, Tag | Field | Time):
                kind = declared.__name__
                raise TypeError(f"{cls.__name__}.{attribute}: write {kind}(…), with parentheses")
        cls.name = name or cls.name
        cls.precision = cls.precision if precision is None else precision
        cls._check()

    @classmethod
    def _inherit(cls) -> None:
        """Take the columns of all bases, not of the first one alone."""
        bases = [base for base in reversed(cls.__bases__) if issubclass(base, Measurement)]
        cls.tags = {name: tag for base in bases for name, tag in base.tags.items()}
        cls.fields = {name: field for base in bases for name, field in base.fields.items()}

    @classmethod
    def _check(cls) -> None:
        lineprotocol.check_precision(cls.precision)
        columns = [*cls.tags, *cls.fields, cls.time_column]
        for column in columns:
            if columns.count(column) > 1:
                raise TypeError(f"{cls.__name__}: column {column!r} is declared twice")
        if not cls.name:
            return
        if not isinstance(cls.name, str):
            raise TypeError(f"{cls.__name__}: the name of a measurement is text, not {cls.name!r}")
        lineprotocol.measurement_text(cls.name)
        if not cls.fields:
            raise TypeError(f"{cls.__name__} has no field, and a point needs one: x = Field(float)")

    @classmethod
    def _declare(cls, attribute: str, declared: Tag | Field | Time) -> None:
        if hasattr(Measurement, attribute):
            raise TypeError(
                f"{cls.__name__}.{attribute}: every measurement has that attribute; choose "
                f"another one, with name={attribute!r} for the column"
            )
        column = declared.name or attribute
        if column in cls.tags or column in cls.fields:
            raise TypeError(f"{cls.__name__}: column {column!r} is declared twice")
        named = replace(declared, name=column)
        setattr(cls, attribute, named)
        if isinstance(named, Tag):
            lineprotocol.tag_key(column)
            cls.tags[column] = named
        elif isinstance(named, Field):
            if named.type not in list(TYPE_NAMES):  # a list has no hash
                raise TypeError(
                    f"{cls.__name__}.{attribute}: a field is float, int, str, bool or "
                    f'"unsigned", not {named.type!r}'
                )
            lineprotocol.field_key(column)
            cls.fields[column] = named
        elif "_time" in vars(cls):
            raise TypeError(f"{cls.__name__}: the time is declared twice, {column!r} is one")
        else:
            cls.time_column, cls._time = column, named

    @classmethod
    def columns(cls) -> list[dict[str, str]]:
        """Name, type, role (tag, field or time), unit and description of each column."""
        rows = [(name, "string", "tag", "", tag.description) for name, tag in cls.tags.items()]
        rows += [
            (name, TYPE_NAMES[field.type], "field", field.unit, field.description)
            for name, field in cls.fields.items()
        ]
        rows += [(cls.time_column, "timestamp", "time", "", cls._time.description)]
        keys = ("name", "type", "role", "unit", "description")
        return [dict(zip(keys, row, strict=True)) for row in rows]

    @classmethod
    def markdown(cls) -> str:
        """The documentation of the class and its columns as a Markdown table."""
        lines = [inspect.cleandoc(cls.__doc__ or ""), ""] if cls.__doc__ else []
        lines += [
            "| column | type | role | unit | description |",
            "| --- | --- | --- | --- | --- |",
        ]
        for column in cls.columns():
            cells = [text.replace("|", "\\|").replace("\n", " ") for text in column.values()]
            lines.append(f"| {' | '.join(cells)} |")
        return "\n".join(lines)

    @classmethod
    def schema(cls) -> pa.Schema:
        """The Arrow schema; unit and description are metadata of the fields."""
        import pyarrow as pa

        from influx_pipelines.influx.writing.casting import ARROW_TYPES

        def column(row: dict[str, str]) -> pa.Field:
            kind = {"tag": pa.string(), "time": pa.timestamp(cls.precision, "UTC")}.get(row["role"])
            kind = kind or ARROW_TYPES[cls.fields[row["name"]].type]
            about = {key: row[key] for key in ("unit", "description") if row[key]}
            return pa.field(row["name"], kind, metadata=about or None)

        return pa.schema([column(row) for row in cls.columns()])

    @classmethod
    def cast(cls, batch: pa.RecordBatch, first_row: int = 0) -> pa.RecordBatch:
        """The batch with its fields as their declared types.

        Args:
            batch: columns as declared; the time may be missing.
            first_row: number of its first row, for messages.

        Raises:
            UnwritableError: a column is missing or not declared, or a value is not of its type.
        """
        from influx_pipelines.influx.writing.casting import cast_batch
        from influx_pipelines.influx.writing.layout import Layout

        columns = Layout.of(cls).columns(batch.schema)
        return cast_batch(batch, {x.name: x.declared for x in columns.fields}, first_row)
