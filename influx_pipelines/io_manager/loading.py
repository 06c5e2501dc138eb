"""Reading a part of a measurement, as the type that the input of an asset is annotated with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin

import dagster as dg

from influx_pipelines.influx.client import Influx
from influx_pipelines.io_manager.declared import Declared, Wanted
from influx_pipelines.io_manager.part import Part

if TYPE_CHECKING:
    import pyarrow as pa

# All that a server can hold, to the second.
FIRST = datetime(1677, 9, 21, 0, 12, 44, tzinfo=UTC)
LAST = datetime(2262, 4, 11, 23, 47, 16, tzinfo=UTC)


def load(client: Influx, declared: Declared, part: Part | None, wanted: Wanted) -> pa.Table:
    """The rows of a part; the column of the time is called as the asset calls it, and declared
    columns are there even where no row has them.

    Raises:
        ValueError: a duration, a function or a tag that cannot be.
        InfluxError: the query failed.
    """
    import pyarrow as pa

    if part is None:
        return complete(pa.table({}), declared, wanted)
    start = wanted.start or part.start or declared.load_range or FIRST
    found = client.read(
        declared.bucket,
        declared.measurement,
        fields=wanted.fields,
        tags=_tags(part, wanted),
        start=start,
        stop=wanted.stop or part.stop or (LAST if start is FIRST else None),
        every=wanted.every,
        fn=wanted.fn,
        time_src="_start",  # the end of a partition's last window is outside of it
    )
    return complete(found.arrow(), declared, wanted)


def _tags(part: Part, wanted: Wanted) -> Mapping[str, str | Sequence[str]]:
    if part.tag is None or part.keys is None:
        return wanted.tags
    asked = wanted.tags.get(part.tag, list(part.keys))
    both = [key for key in part.keys if key in ([asked] if isinstance(asked, str) else asked)]
    if not both:
        raise ValueError(f"the input asks for {part.tag} = {asked!r}, the partition is {part}")
    return {**wanted.tags, part.tag: both}


def complete(table: pa.Table, declared: Declared, wanted: Wanted) -> pa.Table:
    """The table with the asset's name of the time, and null columns for what no row has."""
    import pyarrow as pa

    from influx_pipelines.influx.writing.casting import ARROW_TYPES

    table = table.rename_columns(
        [declared.time if name == "_time" else name for name in table.column_names]
    )
    types = {declared.time: pa.timestamp("ns", "UTC"), **dict.fromkeys(declared.tags, pa.string())}
    for name, kind in declared.types.items():
        if wanted.fields is None or name in wanted.fields:
            types[name] = ARROW_TYPES[kind]
    for name, kind in types.items():
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(table.num_rows, kind))
    return table


def conversion(annotation: Any) -> Callable[[pa.Table], Any]:
    """How an Arrow table becomes what an input is annotated with; without annotation it stays one.

    Raises:
        dagster.Failure: it is annotated with something else.
    """
    options = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else [annotation]
    for option in options:
        if option is Any:
            return CONVERSIONS["pyarrow", "Table"]
        kind = get_origin(option) or option
        name = (str(getattr(kind, "__module__", "")).split(".")[0], getattr(kind, "__name__", ""))
        if name in CONVERSIONS:
            return CONVERSIONS[name]
    raise dg.Failure(
        f"An input cannot be loaded as {annotation}: annotate it with {', '.join(LOADABLE)}, or "
        "not at all for an Arrow table.",
        allow_retries=False,
    )


def _polars(table: pa.Table) -> Any:
    import polars

    return polars.from_arrow(table)


def _pandas(table: pa.Table) -> Any:
    from influx_pipelines.influx.reading import convert

    return convert.to_pandas(table)


def _rows(table: pa.Table) -> Any:
    from influx_pipelines.influx.reading import convert

    return convert.to_rows(table)


CONVERSIONS: dict[tuple[str, str], Callable[[pa.Table], Any]] = {
    ("pandas", "DataFrame"): _pandas,
    ("polars", "DataFrame"): _polars,
    ("polars", "LazyFrame"): lambda table: _polars(table).lazy(),
    ("pyarrow", "Table"): lambda table: table,
    ("pyarrow", "RecordBatchReader"): lambda table: table.to_reader(),
    ("builtins", "list"): _rows,
}
LOADABLE = [".".join(name).removeprefix("builtins.") for name in CONVERSIONS]
