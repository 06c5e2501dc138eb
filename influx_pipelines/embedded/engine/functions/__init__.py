"""The library: importing this package registers every function."""

from influx_pipelines.embedded.engine.functions import (  # noqa: F401
    aggregates,
    arrays,
    columns,
    convert,
    dates,
    grouping,
    lookup,
    names,
    pivot,
    rows,
    schema,
    selectors,
    source,
    text,
    windows,
)
