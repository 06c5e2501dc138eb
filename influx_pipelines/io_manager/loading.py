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
    """The rows of a part; the column of the time is called as the asset calls it.

    Columns whose types are declared are there even where no row has them.

    Raises:
        ValueError: a duration, a function or a tag that cannot be.
        InfluxError: the query failed.
    """
    if part is None:
        return _empty(declared, wanted)
    start = wanted.start or part.start or declared.load_range or FIRST
    table = client.read(
        declared.bucket,
        declared.source(),
        fields=wanted.fields,
        tags=_tags(part, wanted),
        start=start,
        stop=wanted.stop or part.stop or (None if declared.load_range else LAST),
        every=wanted.every,
        fn=wanted.fn,
        via=wanted.via,
        time_src="_start",  # the end of a partition's last window is outside of it
    ).arrow()
    names = [declared.time if name == "_time" else name for name in table.column_names]
    return _with_tags(table.rename_columns(names), declared)


def _with_tags(table: pa.Table, declared: Declared) -> pa.Table:
    """With a column of nulls for each declared tag that no row has."""
    import pyarrow as pa

    for tag in declared.tags:
        if tag not in table.column_names:
            table = table.append_column(tag, pa.nulls(len(table), pa.string()))
    return table


def _empty(declared: Declared, wanted: Wanted) -> pa.Table:
    import pyarrow as pa

    types = {declared.time: pa.timestamp("ns", "UTC"), **dict.fromkeys(declared.tags, pa.string())}
    source = declared.source()
    if not isinstance(source, str):
        known = {column.name: column.type for column in source.schema()}
        types |= {name: known.get(name, pa.null()) for name in wanted.fields or source.fields}
    return pa.schema(list(types.items())).empty_table()


def _tags(part: Part, wanted: Wanted) -> Mapping[str, str | Sequence[str]]:
    if part.tag is None or part.keys is None:
        return wanted.tags
    asked = wanted.tags.get(part.tag, list(part.keys))
    both = [key for key in part.keys if key in ([asked] if isinstance(asked, str) else asked)]
    if not both:
        raise ValueError(f"the input asks for {part.tag} = {asked!r}, the partition is {part}")
    return {**wanted.tags, part.tag: both}


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
    from influx_pipelines.influx.reading.rows import to_rows

    return to_rows(table)


CONVERSIONS: dict[tuple[str, str], Callable[[pa.Table], Any]] = {
    ("pandas", "DataFrame"): _pandas,
    ("polars", "DataFrame"): _polars,
    ("polars", "LazyFrame"): lambda table: _polars(table).lazy(),
    ("pyarrow", "Table"): lambda table: table,
    ("pyarrow", "RecordBatchReader"): lambda table: table.to_reader(),
    ("builtins", "list"): _rows,
}
LOADABLE = [".".join(name).removeprefix("builtins.") for name in CONVERSIONS]
