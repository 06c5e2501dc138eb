"""What a query found: Arrow tables, and what they become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from influx_pipelines.influx.reading import convert
from influx_pipelines.influx.reading.rows import to_rows

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from influx_pipelines.influx.reading.header import Header


@dataclass(frozen=True)
class ResultTable:
    """The tables of one result that have the same columns, types and group key, as one.

    `group` are the columns of the group key. The system's `result` and `table` are no columns; a
    tag of such a name is. Of two columns of one name the later is called `name_2`.
    """

    result: str
    group: list[str]
    data: pa.Table

    def __len__(self) -> int:
        return int(self.data.num_rows)

    def pandas(self) -> pd.DataFrame:
        """See `QueryResult.pandas`."""
        return convert.to_pandas(self.data)


@dataclass(frozen=True)
class QueryResult:
    """All of an answer; an empty cell is null, times are nanoseconds in UTC.

    `left_out` are fields that a read did not ask for, since its function does not take their type.
    """

    tables: list[ResultTable]
    left_out: list[str] = field(default_factory=list)

    @classmethod
    def collect(cls, parts: Iterable[tuple[Header, pa.Table]]) -> QueryResult:
        """Join what belongs together, in the order of first appearance."""
        found: dict[object, tuple[Header, list[pa.Table]]] = {}
        for header, table in parts:
            found.setdefault(header.form, (header, []))[1].append(table)
        return cls(
            [
                ResultTable(header.result, header.group, convert.concatenated(tables))
                for header, tables in found.values()
            ]
        )

    def __len__(self) -> int:
        return sum(map(len, self.tables))

    def arrow(self) -> pa.Table:
        """All tables as one; a column that a table has not is null in its rows.

        Rows of several results (`yield`) are not told apart: `tables` has their names.

        Raises:
            ValueError: a column has two types.
        """
        return convert.united([table.data for table in self.tables])

    def pandas(self) -> pd.DataFrame:
        """One frame: nanoseconds in UTC, `Int64`, `UInt64` and `boolean` where there are nulls,
        text of the group key as categories.

        Raises:
            ValueError: a column has two types; `tables` has a frame of each.
        """
        return convert.to_pandas(self.arrow())

    def polars(self) -> pl.DataFrame:
        """One frame, see `arrow`."""
        import polars

        found = polars.from_arrow(self.arrow())
        assert isinstance(found, polars.DataFrame)
        return found

    def rows(self) -> list[dict[str, Any]]:
        """All rows of all tables; times are aware datetimes in UTC, cut to microseconds."""
        return [row for table in self.tables for row in to_rows(table.data)]
