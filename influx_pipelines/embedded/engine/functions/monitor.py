"""The package `influxdata/influxdb/monitor`: the statuses of checks, and notifying of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.building import merge
from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.functions.convert import to_int
from influx_pipelines.embedded.engine.functions.experimental import extend, map_rows, set_columns
from influx_pipelines.embedded.engine.functions.pivot import fields_as_columns
from influx_pipelines.embedded.engine.functions.rows import sort
from influx_pipelines.embedded.engine.functions.selectors import max_
from influx_pipelines.embedded.engine.functions.source import Read, Unbounded, filter_, range_
from influx_pipelines.embedded.engine.functions.writing import wide_to
from influx_pipelines.embedded.engine.operators import binary, truth
from influx_pipelines.embedded.engine.pushdown import tag_is
from influx_pipelines.embedded.engine.registry import builtin, package
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Row, Time, needed
from influx_pipelines.flux.durations import Duration

MONITOR = "influxdata/influxdb/monitor"
BUCKET = "_monitoring"
LEVELS = ("crit", "warn", "info", "ok")  # in the order in which they are tried
_RANKS = dict(zip(LEVELS, (4, 3, 2, 1), strict=True))
_OF_CHECK = ("_type", "_check_id", "_check_name")
_NAMES = {"levelOK": "ok", **{f"level{n}": n.lower() for n in ("Info", "Warn", "Crit", "Unknown")}}
Bound = Time | Duration | int
Test = Callable[..., Any]

package(MONITOR).members.update(_NAMES, bucket=BUCKET)
package(MONITOR).options |= {"write", "log"}


@builtin(f"{MONITOR}.check")
def check(
    tables: Stream,
    data: dict[str, Any],
    messageFn: Callable[..., Any],
    *,
    run: Run,
    crit: Test | None = None,
    warn: Test | None = None,
    info: Test | None = None,
    ok: Test | None = None,
) -> Stream:
    """Write a status for every row: the first level whose function is true."""
    given = zip(LEVELS, (crit, warn, info, ok), strict=True)
    tests = {level: run.caller.row_function(fn) for level, fn in given if fn is not None}
    message, now = run.caller.row_function(messageFn), run.now()
    about, tags = {name: needed(data, name) for name in _OF_CHECK}, needed(data, "tags")
    otherwise = "ok" if ok is None else "unknown"

    def status(row: Row) -> Row:
        told = Row(
            row,
            _measurement="statuses",
            _source_measurement=row.get("_measurement"),
            _level=next((level for level, test in tests.items() if truth(test(row))), otherwise),
            _source_timestamp=to_int(row.get("_time")),
            _time=now,
            **about,
        )
        return Row(told, _message=message(told))

    statuses = map_rows(extend(set_columns(tables, tags), list(tags)), status)
    return _through("write", extend(statuses, ["_source_measurement", *_OF_CHECK, "_level"]), run)


@builtin(f"{MONITOR}.notify")
def notify(
    tables: Stream, endpoint: Callable[..., Any], data: dict[str, Any], *, run: Run
) -> Stream:
    """Hand statuses to an endpoint and log what became of each."""
    now = run.now()

    def notification(row: Row) -> Row:
        known = to_int(row.get("_time"))
        return Row(row, _measurement="notifications", _status_timestamp=known, _time=now)

    told = map_rows(extend(set_columns(tables, data), list(data)), notification)
    return _through("log", extend(_piped(endpoint, told, run), ["_sent"]), run)


def _through(option: str, tables: Stream, run: Run) -> Stream:
    """An option of the package: a function that a script may have replaced."""
    return _piped(run.package(MONITOR).members[option], tables, run)


def _piped(function: Any, tables: Stream, run: Run) -> Stream:
    stream: Stream = run.caller.call(function, {function.pipe: tables})
    return stream


@builtin(f"{MONITOR}.write")
@builtin(f"{MONITOR}.log")
def write(tables: Stream, *, run: Run) -> Stream:
    """Into the bucket for monitoring."""
    return wide_to(tables, bucket=BUCKET, run=run)


@builtin(f"{MONITOR}.from")
def from_(
    start: Bound, *, run: Run, stop: Bound | None = None, fn: Callable[..., Any] | None = None
) -> Stream:
    """The statuses, one column a field."""
    return _read("statuses", start, stop, fn, run)


@builtin(f"{MONITOR}.logs")
def logs(start: Bound, fn: Callable[..., Any], *, run: Run, stop: Bound | None = None) -> Stream:
    """The notifications, one column a field."""
    return _read("notifications", start, stop, fn, run)


def _read(measurement: str, start: Bound, stop: Bound | None, fn: Test | None, run: Run) -> Stream:
    read = range_(Unbounded(run, BUCKET, None), start, stop=stop, run=run)
    assert isinstance(read, Read)
    read = read.narrowed([tag_is("==", "_measurement", measurement)])
    return fields_as_columns(read if fn is None else filter_(read, fn, run=run), run=run)


@builtin(f"{MONITOR}.deadman")
def deadman(tables: Stream, t: Time) -> Stream:
    """The newest row of each table, and whether it is older than that."""
    newest = max_(tables, column="_time")
    return map_rows(newest, lambda row: Row(row, dead=binary("<", row.get("_time"), t)))


@builtin(f"{MONITOR}.stateChangesOnly")
def state_changes_only(tables: Stream) -> Stream:
    """The statuses whose level is another than that of the one before."""
    return _changes(tables, lambda level: _RANKS.get(level, 0), lambda before, now: before != now)


@builtin(f"{MONITOR}.stateChanges")
def state_changes(tables: Stream, fromLevel: str = "any", toLevel: str = "any") -> Stream:
    """The statuses of one level that follow on one of another."""
    if fromLevel == toLevel == "any":
        return state_changes_only(tables)

    def side(level: Any) -> int:
        if level == toLevel or (toLevel == "any" and level not in (fromLevel, None)):
            return 1
        at_start = level == fromLevel or (fromLevel == "any" and level not in (toLevel, None))
        return 0 if at_start else -1

    return _changes(tables, side, lambda before, now: (before, now) == (0, 1))


def _changes(
    tables: Stream, judge: Callable[[Any], int], changed: Callable[[int, int], bool]
) -> Stream:
    """The rows of each group, whatever their level, that are a change from the row before."""
    found = []
    for table in sort(_by_all_but_level(tables), ["_source_timestamp", "_time"]).tables:
        sides = list(map(judge, table.columns.get("_level", ())))
        rows = [i for i in range(1, len(sides)) if changed(sides[i - 1], sides[i])]
        if rows:
            found.append(table.take(rows))
    return extend(tables.following(found), ["_level"])


def _by_all_but_level(tables: Stream) -> Stream:
    """With the level as the last column, as the real functions leave it."""
    regrouped = []
    for table in tables.tables:
        key = {name: value for name, value in table.key.items() if name != "_level"}
        names = sorted(table.types, key=lambda name: (name == "_level", name))
        ordered = table.select(names)
        regrouped.append(Table(key, ordered.types, ordered.columns))
    return tables.following(merge(regrouped))
