"""Annotated CSV read by the csv module, cell by cell: slow, plain, and none of our code."""

from __future__ import annotations

import base64
import csv
import io
from datetime import datetime
from typing import Any

import pyarrow as pa

from influx_pipelines.influx.reading.batches import PIECE, tables
from influx_pipelines.influx.reading.result import QueryResult

Plain = list[tuple[str, list[tuple[str, str, bool]], list[list[Any]]]]


def ours(text: bytes | str, *, chunk: int = 1 << 16, piece: int = PIECE) -> QueryResult:
    """Our reader, fed with chunks of that size."""
    data = text.encode() if isinstance(text, str) else text
    chunks = (data[start : start + chunk] for start in range(0, len(data), chunk))
    return QueryResult.collect(tables(chunks, categories=True, piece=piece))


def plain(found: QueryResult) -> Plain:
    """Result, columns and rows, for a comparison: times as nanoseconds, NaN as a text."""
    answer: Plain = []
    for table in found.tables:
        columns = [(c.name, _kind(c.type), c.name in table.group) for c in table.data.schema]
        cells = [
            (c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c).to_pylist()
            for c in table.data.columns
        ]
        rows = [[_comparable(cell) for cell in row] for row in zip(*cells, strict=True)]
        answer.append((table.result, columns, rows))
    return answer


def _kind(kind: pa.DataType) -> str:
    return "string" if pa.types.is_dictionary(kind) else str(kind)


def _comparable(value: Any) -> Any:
    return "NaN" if value != value else value


def simple(text: bytes) -> Plain:
    """The same from the csv module; names must differ."""
    answer: dict[Any, list[list[Any]]] = {}
    notes: dict[str, list[str]] = {}
    names: list[str] | None = None
    for row in csv.reader(io.StringIO(text.decode(), newline="")):
        cells = [cell.replace("\r\n", "\n") for cell in row]
        if not cells:
            continue
        if cells[0].startswith("#"):
            notes, names = {**({} if names else notes), cells[0]: cells}, None
            continue
        kinds = list(zip(notes["#datatype"], notes["#group"], notes["#default"], strict=True))[3:]
        if names is None:
            names = cells[3:]
            columns = [
                (n, NAMES.get(k, "string"), g == "true")
                for n, (k, g, _) in zip(names, kinds, strict=True)
            ]
            form = (notes["#default"][1], tuple(columns), tuple(kind for kind, *_ in kinds))
            rows = answer.setdefault(form, [])
            continue
        rows.append([_cell(c or d, k) for c, (k, _, d) in zip(cells[3:], kinds, strict=True)])
    return [(result, list(columns), rows) for (result, columns, _), rows in answer.items()]


NAMES = {
    "long": "int64",
    "unsignedLong": "uint64",
    "double": "double",
    "boolean": "bool",
    "dateTime:RFC3339": "timestamp[ns, tz=UTC]",
    "base64Binary": "binary",
}


def _cell(text: str, kind: str) -> Any:
    if not text:
        return None
    if kind in ("long", "unsignedLong"):
        return int(text)
    if kind == "double":
        return _comparable(float(text))
    if kind == "boolean":
        return text == "true"
    if kind.startswith("dateTime"):
        whole, _, fraction = text.removesuffix("Z").partition(".")
        seconds = datetime.fromisoformat(whole + "+00:00") - datetime.fromisoformat(EPOCH)
        return (seconds.days * 86_400 + seconds.seconds) * 10**9 + int(fraction.ljust(9, "0"))
    return base64.b64decode(text) if kind == "base64Binary" else text


EPOCH = "1970-01-01T00:00:00+00:00"
