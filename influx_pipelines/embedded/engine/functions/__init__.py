"""The library: importing this package registers every function."""

from influx_pipelines.embedded.engine.functions import (  # noqa: F401
    aggregates,
    arrays,
    columns,
    convert,
    dates,
    grouping,
    joins,
    lookup,
    names,
    pivot,
    quantiles,
    rolling,
    rows,
    schema,
    selectors,
    source,
    states,
    text,
    times,
    windows,
)
