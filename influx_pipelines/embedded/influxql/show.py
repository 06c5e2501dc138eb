"""The answers to SHOW statements, from the mappings and the series of buckets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.influxql.statements import Comparison, Statement, Unsupported
from influx_pipelines.embedded.line import Key
from influx_pipelines.embedded.points import Points
from influx_pipelines.embedded.pointwriter import WIRE_NAMES

Row = dict[str, Any]
_POLICIES = ["name", "duration", "shardGroupDuration", "replicaN", "default"]


class StatementError(Exception):
    """Why a statement fails, in the server's words."""


@dataclass(slots=True)
class Show:
    """What the caller may read, and the database and the policy that the request names."""

    points: Points
    mappings: Callable[..., list[Document]]
    database: str
    policy: str

    def run(self, statement: Statement) -> list[Row]:
        """The series of the answer.

        Raises:
            StatementError: in the server's words.
            Unsupported: a form that is not for this server, by name.
        """
        _check(statement)
        match statement.name:
            case "SHOW DATABASES":
                names = dict.fromkeys(mapping["database"] for mapping in self.mappings())
                return [_row("databases", ["name"], [[name] for name in names])]
            case "SHOW RETENTION POLICIES":
                found = self.mappings(database=self._named(statement))
                shown = [[m["retention_policy"], "0s", "168h0m0s", 1, m["default"]] for m in found]
                return [_row("", _POLICIES, shown)]
            case "SHOW MEASUREMENTS":
                return self._measurements(statement)
            case "SHOW TAG KEYS" | "SHOW TAG VALUES":
                return self._tags(statement)
            case "SHOW FIELD KEYS":
                return self._field_keys(statement)
            case "SHOW SERIES":
                keys = self._fitting(statement, self._bucket(statement))
                return _rows({"": [[str(key)] for key in keys]}, ["key"], statement)
            case "SELECT":
                self._bucket(statement)
        raise StatementError(statement.refusal)

    def _named(self, statement: Statement) -> str:
        database = statement.database or self.database
        if not database:
            raise StatementError("database name required")
        return database

    def _measurements(self, statement: Statement) -> list[Row]:
        """Those of the default policy, whatever the request says; of a named one with its name."""
        wanted: dict[str, Any] = {"default": True}
        columns = ["name"]
        if statement.policy:
            wanted = {"retention_policy": statement.policy}
            columns += ["database", "retention policy"]
        values: list[list[Any]] = []
        for mapping in self.mappings(database=self._named(statement), **wanted):
            keys = self._series(statement, mapping["bucketID"])
            names = {key.measurement for key in keys}
            if statement.condition:
                fitting = [[_measuring(c, keys) for c in all_] for all_ in statement.condition]
                names = set().union(*(set.intersection(*sets) for sets in fitting))
            place = [mapping["database"], mapping["retention_policy"]]
            values += [[name, *place][: len(columns)] for name in sorted(names)]
        return _rows({"measurements": values}, columns, statement)

    def _tags(self, statement: Statement) -> list[Row]:
        """Keys or values, of the default policy whatever the request says."""
        database = self._named(statement)
        found = self.mappings(database=database, default=True)
        if not found:
            raise StatementError(f"default retention policy not set for: {database}")
        values = statement.name == "SHOW TAG VALUES"
        tags: dict[str, set[tuple[str, ...]]] = {}
        for key in self._fitting(statement, found[0]["bucketID"]):
            # Of keys alone the server reads WITH KEY and does nothing.
            kept = [tag if values else tag[:1] for tag in key.tags]
            kept = [tag for tag in kept if not values or _key_fits(statement, tag[0])]
            tags.setdefault(key.measurement, set()).update(kept)
        rows = {name: list(map(list, sorted(pairs))) for name, pairs in tags.items()}
        return _rows(rows, ["key", "value"] if values else ["tagKey"], statement)

    def _field_keys(self, statement: Statement) -> list[Row]:
        """Those of each measurement; a field that changed its type stands there twice."""
        found: dict[str, dict[tuple[str, str], None]] = {}
        for _, measurement, name, kind in sorted(self.points.fields(self._bucket(statement))):
            if _meant(statement, measurement):
                found.setdefault(measurement, {})[name, WIRE_NAMES[kind]] = None
        rows = {name: list(map(list, found[name])) for name in sorted(found)}
        return _rows(rows, ["fieldKey", "fieldType"], statement)

    def _series(self, statement: Statement, bucket_id: str) -> list[Key]:
        found = self.points.series(bucket_id)
        keys = {Key(series.measurement, tuple(series.tags.items())) for series in found}
        return sorted(key for key in keys if _meant(statement, key.measurement))

    def _fitting(self, statement: Statement, bucket_id: str) -> list[Key]:
        keys = self._series(statement, bucket_id)
        fields = {row[1:3] for row in self.points.fields(bucket_id)} if statement.condition else ()
        for comparison in (c for all_ in statement.condition for c in all_):
            if any((key.measurement, comparison.name) in fields for key in keys):
                raise Unsupported(f"a field in the condition of {statement.name}")
        condition = statement.condition or [[]]
        return [k for k in keys if any(all(_holds(c, k) for c in all_) for all_ in condition)]

    def _bucket(self, statement: Statement) -> str:
        """The bucket of the sources; here the policy of the request counts."""
        default = statement.database or self.database
        places = {(s.database or default, s.policy) for s in statement.sources} or {(default, "")}
        if len(places) > 1:
            raise Unsupported("sources of several databases")
        database, policy = places.pop()
        if not database:
            raise StatementError("database name required")
        known = self.mappings(database=database)
        if not known:
            raise StatementError(f"database not found: {database}")
        policies = [policy, self.policy, *(m["retention_policy"] for m in known if m["default"])]
        wanted = next(filter(None, policies), None)
        if wanted is None:
            raise StatementError(f"default retention policy not set for: {database}")
        found = [m["bucketID"] for m in known if m["retention_policy"] == wanted]
        if not found:
            raise StatementError(f"retention policy not found: {wanted}")
        return str(found[0])


def _check(statement: Statement) -> None:
    tags = statement.name.startswith("SHOW TAG")
    for comparison in (c for all_ in statement.condition for c in all_):
        if comparison.name.lower() == "time" and statement.name == "SHOW MEASUREMENTS":
            raise StatementError("SHOW MEASUREMENTS doesn't support time in WHERE clause")
        special = ("time", "value", "_tagkey") if tags else ("time",)
        if comparison.name.lower() in special:
            raise Unsupported(f"{comparison.name} {comparison.sign} … in {statement.name}")


def _meant(statement: Statement, measurement: str) -> bool:
    """Whether FROM or WITH MEASUREMENT names it; without them all are meant."""
    return not statement.sources or any(
        s.name == measurement if isinstance(s.name, str) else s.name.search(measurement)
        for s in statement.sources
    )


def _holds(comparison: Comparison, key: Key) -> bool:
    """Whether a series fits; a tag that it has not is empty."""
    name, sign, value = comparison
    text = key.measurement if name == "_name" else dict(key.tags).get(name, "")
    if isinstance(value, str):
        return (text == value) == (sign == "=")
    return (value.search(text) is not None) == (sign == "=~")


def _measuring(comparison: Comparison, keys: list[Key]) -> set[str]:
    """The measurements that fit: they have the tag, and any of its values decides."""
    name, sign = comparison.name, comparison.sign
    having = [key for key in keys if name == "_name" or name in dict(key.tags)]
    positive = comparison._replace(sign={"!=": "=", "!~": "=~"}.get(sign, sign))
    hit = {key.measurement for key in having if _holds(positive, key)}
    return hit if positive == comparison else {key.measurement for key in having} - hit


def _key_fits(statement: Statement, name: str) -> bool:
    sign, wanted = statement.key
    if isinstance(wanted, re.Pattern):
        return (wanted.search(name) is not None) == (sign == "=~")
    return (name in wanted) == (sign != "!=")


def _row(name: str, columns: list[str], values: list[list[Any]]) -> Row:
    """A series; what is empty is left out."""
    row = {"name": name, "columns": columns, "values": values}
    return {key: value for key, value in row.items() if value}


def _rows(found: dict[str, list[Any]], columns: list[str], statement: Statement) -> list[Row]:
    """The series that have values left after LIMIT and OFFSET, which hold for each of them."""
    stop = statement.offset + statement.limit if statement.limit else None
    cut = {name: values[statement.offset : stop] for name, values in found.items()}
    return [_row(name, columns, values) for name, values in cut.items() if values]
