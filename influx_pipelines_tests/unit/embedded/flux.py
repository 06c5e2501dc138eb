"""Run scripts on the engine alone, without a server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from influx_pipelines.embedded.engine.context import Series, Store, Written
from influx_pipelines.embedded.engine.run import run
from influx_pipelines.embedded.engine.values import Time, parse_time

NOW = "2020-01-01T12:34:56Z"


class Nothing:
    """A reader without buckets; it keeps what is written."""

    def __init__(self) -> None:
        self.written: list[list[Written]] = []

    def bucket(self, name: str | None, bucket_id: str | None) -> str | None:
        return None

    def buckets(self) -> list[dict[str, Any]]:
        return []

    def series(self, bucket_id: str) -> Iterable[Series]:
        return []

    def points(self, series: Series, start: int, stop: int) -> list[tuple[int, Any]]:
        return []

    def secret(self, key: str) -> str | None:
        return {"token": "s3"}.get(key)

    def writer(
        self, bucket: str | None, bucket_id: str | None, org: str | None, org_id: str | None
    ) -> Store:
        return self.written.append


def results(script: str, reader: Nothing | None = None) -> dict[str, list[dict[str, Any]]]:
    """The rows of every result."""
    found = run(script, reader or Nothing(), parse_time(NOW))
    return {n: [dict(r) for t in s.tables for r in t.rows()] for n, s in found.items()}


def value(expression: str, *packages: str) -> Any:
    """What an expression gives, as a column would hold it."""
    imports = "".join(f'import "{package}"\n' for package in ("array", *packages))
    (row,) = results(f"{imports}array.from(rows: [{{v: {expression}}}])")["_result"]
    return row["v"]


def time(text: str) -> Time:
    return parse_time(text)
