"""What a script asks of its surroundings and of types: secrets, clock, version, last success."""

from __future__ import annotations

import time as clock
from typing import Any

from influx_pipelines.embedded.engine.calendar import add_duration
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError, execute_error, not_supported
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import Time, type_of
from influx_pipelines.flux.durations import Duration

FLUX_VERSION = "v0.200.0"
_BASIC = "string bytes int uint float bool time duration regexp".split()
_DRIVERS = "awsathena bigquery hdb mssql mysql postgres snowflake sqlite3 sqlserver vertica"


@builtin("influxdata/influxdb/secrets.get")
def get(key: str, *, run: Run) -> str:
    """A secret of the organisation."""
    found = run.reader.secret(key)
    if found is None:
        raise FluxError("secret not found", "not found")
    return found


@builtin("system.time")
def time() -> Time:
    """The time of the clock, whatever `now` is."""
    return Time(clock.time_ns())


@builtin("runtime.version")
def version() -> str:
    """The version of Flux that this server follows."""
    return FLUX_VERSION


@builtin("influxdata/influxdb/tasks.lastSuccess")
def last_success(orTime: Time | Duration, *, run: Run) -> Time:
    """When the task last succeeded; outside a task always the time to take instead."""
    return orTime if isinstance(orTime, Time) else add_duration(run.now(), orTime)


@builtin("types.isType")
def is_type(v: Any, type: str) -> bool:
    """Whether a value is of a basic type."""
    if v is None:
        raise not_supported("types.isType of null")
    if type_of(v) not in _BASIC:
        raise FluxError(f"{type_of(v)} is not Basic")
    return type_of(v) == type


@builtin("types.isNumeric")
def is_numeric(v: Any) -> bool:
    """Whether a value is a number."""
    return any(is_type(v, kind) for kind in ("int", "uint", "float"))


@builtin("experimental.objectKeys")
def object_keys(o: dict[str, Any]) -> list[str]:
    """The names of a record's fields."""
    return list(o)


@builtin("sql.from")
def from_sql(driverName: str, dataSourceName: str, query: str) -> Stream:
    """A read from another database, of which there is none here."""
    if driverName in [*_DRIVERS.split(), "vertigo"]:
        raise not_supported(f"reading from {driverName}")
    raise execute_error(f"sql driver {driverName} not supported")


@builtin("internal/debug.null")
def null(type: str = "int") -> None:
    """A value that is not there."""
    if type not in _BASIC:
        raise FluxError(f"Invalid null type `{type}`")
