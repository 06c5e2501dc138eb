"""`InfluxIOManager`: the two directions, from Dagster's contexts to the client and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from pydantic import Field

from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.io_manager import loading, report
from influx_pipelines.io_manager.declared import Declared
from influx_pipelines.io_manager.definition import COLUMN_SCHEMA, declared_of, wanted_of
from influx_pipelines.io_manager.part import Part, part_of
from influx_pipelines.io_manager.storing import store
from influx_pipelines.resources import InfluxDBResource


class InfluxIOManager(dg.ConfigurableIOManager):
    """Writes the table that an asset returns, loads the part of it that another one needs.

    Bucket, measurement, tags, fields and precision are the asset's definition metadata, made by
    `influx_metadata`. Tables are pandas and polars frames, Arrow tables, batches and readers, lists
    of dicts, and iterators of them. Rows lie in the partition that a run writes; writing it again
    overwrites its points, and where the asset says `replace="window"` deletes the others.
    """

    influx: InfluxDBResource
    bucket: str = Field(default="", description="Bucket of assets that name none.")

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        """Write a table; None writes and deletes nothing.

        Raises:
            dagster.Failure: a row cannot be written or is outside of the partition; the server
                dropped points, after the others were stored; it does not answer (only this is
                retried).
        """
        declared = declared_of(context, self.bucket)
        part = _written(context, declared)
        if obj is None:
            context.add_output_metadata({"summary": "Nothing written: the asset returned None."})
            return
        with self.influx.client() as client, _rows_explained(context):
            seen, result = store(client, declared, part, obj)
        schema = context.definition_metadata.get(COLUMN_SCHEMA)
        found = report.report(declared, part, schema, seen, result)
        context.add_output_metadata({**found, **_row_count(context, result)})

    def load_input(self, context: dg.InputContext) -> Any:
        """The part of the upstream asset, as the type that the input is annotated with.

        Raises:
            dagster.Failure: metadata or annotation are wrong; the query failed; the server does
                not answer (only this is retried).
        """
        declared = declared_of(context, self.bucket)
        wanted = wanted_of(context)
        convert = loading.conversion(context.dagster_type.typing_type)
        part = part_of(context, declared)
        with self.influx.client() as client:
            try:
                table = loading.load(client, declared, part, wanted)
            except ValueError as error:
                name = context.asset_key.to_user_string()
                raise dg.Failure(f"Input {name}: {error}", allow_retries=False) from error
        place = f"{declared.measurement} in bucket {declared.bucket}, {part or 'no partition'}"
        context.log.info(f"{table.num_rows:,} rows of {place}")
        return convert(table)


def _written(context: dg.OutputContext, declared: Declared) -> Part:
    """The part that a run writes: what is deleted first where that is asked for."""
    part = part_of(context, declared) or Part()
    if declared.replace is None or part != Part():
        return part
    if context.has_asset_partitions or declared.back is None:
        raise dg.Failure(
            f'Asset {context.asset_key.to_user_string()}: `replace="window"` would delete all of '
            "the measurement. It needs partitions by time or by a tag (`partition_tag`), or "
            "without partitions a `load_range`.",
            allow_retries=False,
        )
    now = datetime.now(UTC)
    return Part(now - declared.back, now)


def _row_count(context: dg.OutputContext, result: WriteResult) -> dict[str, int]:
    if not context.has_asset_partitions:
        return {"dagster/row_count": result.points}
    # The metadata of a run over several partitions is shown at each of them.
    one = len(context.asset_partition_keys) == 1
    return {"dagster/partition_row_count": result.points} if one else {}


@contextmanager
def _rows_explained(context: dg.OutputContext) -> Iterator[None]:
    """Turn what broke a write off into a failure that tells what was stored until then."""
    try:
        yield
    except (InfluxError, UnwritableError) as error:
        raise dg.Failure(
            f"Asset {context.asset_key.to_user_string()}: {error}",
            metadata=report.trouble(error.result) if error.result else None,
            allow_retries=isinstance(error, InfluxError) and error.retryable,
        ) from error
