"""Our names of types as Arrow types."""

from __future__ import annotations

import pyarrow as pa

from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.manifest import Schema, Type

TIME = pa.timestamp("ns", "UTC")
CATEGORY = pa.dictionary(pa.int32(), pa.string())
ARROW: dict[Type, pa.DataType] = {
    "time": TIME,
    "string": pa.string(),
    "float": pa.float64(),
    "integer": pa.int64(),
    "unsigned": pa.uint64(),
    "boolean": pa.bool_(),
}


def arrow_schema(schema: Schema) -> pa.Schema:
    """The Arrow schema of a file's columns."""
    return pa.schema([(column.column, ARROW[column.type]) for column in schema.columns])


def type_of(kind: pa.DataType) -> Type:
    """Our name of an Arrow type.

    Raises:
        TransferError: InfluxDB has no such type.
    """
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_timestamp(kind):
        return "time"
    found: list[Type] = [name for name, known in ARROW.items() if known == kind]
    if not found:
        raise TransferError(f"columns of type {kind} cannot be exported: convert them in the query")
    return found[0]
