"""The calls that carry data: tables written, scripts run, measurements read.

What does the work is imported when it is first asked for: loading the definitions needs no Arrow.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from influx_pipelines.influx.buckets import BucketCalls
from influx_pipelines.influx.mappings import MappingCalls
from influx_pipelines.influx.measurement import FieldType, Measurement
from influx_pipelines.influx.writing.result import WriteResult

if TYPE_CHECKING:
    import pyarrow as pa

    from influx_pipelines.influx.reading.result import QueryResult


class DataCalls(BucketCalls, MappingCalls):
    """Points of the client's organisation, as tables."""

    def write(
        self,
        table: Any,
        *,
        bucket: str,
        measurement: str | type[Measurement],
        tags: Sequence[str] = (),
        fields: Mapping[str, FieldType] | Sequence[str] | None = None,
        time: str | None = "time",
        precision: str = "ns",
        in_flight: int = 4,
        chunk_rows: int = 25_000,
    ) -> WriteResult:
        """Write the rows of a table as points; returns when the server has stored them.

        Args:
            table: a pandas or polars frame, an Arrow table, batch or reader, anything with
                `__arrow_c_stream__`, an iterator of these, or rows as dicts. One that is in
                memory is judged whole before anything is sent, of an iterator each batch.
            bucket: name of the bucket.
            measurement: name of the measurement, or the class that declares it; tags, fields,
                time and precision then come from the class.
            tags: columns that are tags.
            fields: columns that are fields, with their types where they are declared; None takes
                every column that is neither a tag nor the time.
            time: column of the time: timestamps, dates, aware datetimes, or integers in
                `precision`; the DatetimeIndex of a pandas frame is taken where there is none.
                None, or no column "time" at all, writes the present time, for one row a series.
            precision: `ns`, `us`, `ms` or `s`; times are floored to it.
            in_flight: requests at a time. Points that a table repeats keep their order.
            chunk_rows: of a request at most.

        Raises:
            UnwritableError: a name or value cannot be written; it names row, column and reason.
            PartialWrite: the server dropped points; the others are stored.
            InfluxError: a request failed for good; `result` counts what was stored until then.
        """
        from influx_pipelines.influx.writing.layout import layout_of
        from influx_pipelines.influx.writing.write import write

        layout = layout_of(measurement, tags, fields, time, precision)
        return write(self, table, bucket, layout, in_flight, chunk_rows)

    def write_lines(
        self,
        lines: bytes | Iterable[bytes],
        *,
        bucket: str,
        precision: str = "ns",
        in_flight: int = 4,
    ) -> WriteResult:
        """Write line protocol as it is; returns when the server has stored it.

        Args:
            lines: line protocol, or its parts as they come from a file, wherever they are cut.
                Lines without a time get the server's, and another one when they are sent twice.
            bucket: name of the bucket.
            precision: of the times: `ns`, `us`, `ms` or `s`.
            in_flight: requests at a time. Lines that repeat a point keep their order only with 1.

        Raises:
            PartialWrite: the server dropped lines, or could not read them; the others are stored.
            InfluxError: a request failed for good; `result` counts what was stored until then.
        """
        from influx_pipelines.influx.writing.write import write_lines

        return write_lines(self, lines, bucket, precision, in_flight)

    def query(
        self, flux: str, params: Mapping[str, Any] | None = None, *, categories: bool = True
    ) -> QueryResult:
        """Run a Flux script; the answer is parsed while it arrives.

        A query that breaks off is run again within `retry_seconds`.

        Args:
            flux: the script.
            params: what is there in the script as the record `params`.
            categories: text columns of the group key as dictionaries (pandas: categories).

        Raises:
            QueryFailed: the script is wrong or failed, even after its first rows.
            IncompleteRead: the answer broke off.
            NotFound: there is no such bucket, or the token may not read it.
        """
        from influx_pipelines.influx.reading import run

        return run.query(self, flux, params, categories=categories)

    def stream(
        self, flux: str, params: Mapping[str, Any] | None = None
    ) -> Generator[pa.RecordBatch, None, None]:
        """Run a Flux script for a result of any size: batches as they come, in constant memory.

        Each batch is of one schema; those of one schema keep the order of the answer. The query
        begins with the first batch that is asked for, and is run again only before it. Closing
        the iterator ends the query.

        Raises:
            QueryFailed: the script is wrong or failed, after the rows that came before.
            IncompleteRead: the answer broke off.
            NotFound: there is no such bucket, or the token may not read it.
        """
        from influx_pipelines.influx.reading import run

        return run.stream(self, flux, params)

    def read(
        self,
        bucket: str,
        measurement: str | type[Measurement],
        *,
        fields: Collection[str] | None = None,
        tags: Mapping[str, str | Collection[str]] | None = None,
        start: datetime | str,
        stop: datetime | str | None = None,
        every: str | None = None,
        fn: str = "mean",
        time_src: str = "_stop",
        pivot: bool = True,
        via: str = "flux",
    ) -> QueryResult:
        """Read a measurement without writing Flux.

        One wide table: `_time`, the tags, the fields; sorted by the tags, then by the time. A
        field that a point has not is null; one that is called as a tag becomes `name_field`.
        It is fetched long and turned here, since the server's `pivot` costs more than the transfer.

        Args:
            bucket: name of the bucket.
            measurement: its name, or a `Measurement`: then the columns are the declared ones, with
                their types.
            fields: names; None takes all.
            tags: which series, by the value of a tag or one of several values.
            start: aware datetime, or a duration before now such as `-1h30m`, `-45d`, `-1mo`.
            stop: the same, exclusive; None is now.
            every: length of the windows in which `fn` aggregates, such as `10m`; empty windows are
                left out. None reads the points themselves.
            fn: mean, median, sum, min, max, spread, stddev (of numbers: other fields are left out,
                see `QueryResult.left_out`), count, first, last, or mode (of several the greatest).
            time_src: whether the time of a window is its end, `_stop`, as in Flux, or its `_start`.
            pivot: False leaves the long form: `_time`, `_field`, `_value` and the tags, a table
                for each type.
            via: `influxql` is faster where the bucket has a default DBRP mapping, for points as
                they are: in the order of time, an empty text is null. The embedded server refuses.

        Raises:
            ValueError: an argument is wrong, names what the class has not, or a field has values
                of two types: where a series changes its type, the server would answer with the
                points of one only.
            QueryFailed: the query failed.
            NotFound: there is no such bucket, or the token may not read it.
        """
        from influx_pipelines.influx.reading.read import read
        from influx_pipelines.influx.reading.selection import select

        declared = None if isinstance(measurement, str) else measurement
        selection = select(
            bucket,
            measurement,
            fields=fields,
            tags=tags,
            start=start,
            stop=stop,
            every=every,
            fn=fn,
            time_src=time_src,
        )
        return read(self, selection, declared, pivot=pivot, via=via)
