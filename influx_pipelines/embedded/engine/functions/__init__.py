"""The library: importing this package registers every function."""

from influx_pipelines.embedded.engine.functions import (  # noqa: F401
    aggregates,
    arrays,
    convert,
    dates,
    lookup,
    names,
    pivot,
    schema,
    selectors,
    shaping,
    source,
    text,
    windows,
)
