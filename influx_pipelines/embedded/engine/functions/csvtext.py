"""`csv.from`: tables out of annotated or plain CSV text."""

from __future__ import annotations

import csv as reading
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

from influx_pipelines.embedded.engine.csv import DATATYPES
from influx_pipelines.embedded.engine.errors import FluxError, not_supported, plain_error
from influx_pipelines.embedded.engine.functions.convert import to_float, to_int, to_uint
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Time, parse_time

Line = list[str]
_ANNOTATIONS = ("datatype", "group", "default")
_KINDS = {**{word: kind for kind, word in DATATYPES.items()}, "dateTime:RFC3339Nano": "time"}
_TRUTH = {
    **dict.fromkeys("1 t T TRUE true True".split(), True),
    **dict.fromkeys("0 f F FALSE false False".split(), False),
}


def _time(text: str) -> Time:
    return parse_time(text if "T" in text else "")


_READ: dict[str, Callable[[str], Any]] = {
    "bool": _TRUTH.__getitem__,
    "int": to_int,
    "uint": to_uint,
    "float": to_float,
    "string": str,
    "time": _time,
}


@builtin("csv.from", refuses=("file",))
def from_(csv: str = "", mode: str = "annotations") -> Stream:
    """The tables of a text; in mode `raw` one of texts."""
    if not csv:
        raise FluxError("must provide csv raw text or filename")
    text = io.StringIO(csv.removeprefix("\ufeff").replace("\r\n", "\n"), newline="\n")
    try:
        lines = [line for line in reading.reader(text, strict=True) if line]
    except reading.Error:
        raise not_supported("CSV with a lone quote or carriage return") from None
    if mode != "raw":
        return Stream(list(_annotated(lines)))
    n = len(lines[0]) if lines else 0
    head = {"datatype": ["string"] * n, "group": [""] * n, "default": [""] * n}
    return Stream([_table(head, _header(lines, n), lines[1:])] if lines else [])


def _annotated(lines: list[Line]) -> Iterator[Table]:
    """Blocks of annotations, a header and the rows of several tables."""
    result = None
    while lines:
        size = next((i for i, line in enumerate(lines) if _annotation(line) is None), len(lines))
        head = {_annotation(line) or "": line for line in lines[:size]}
        width = len(lines[0])
        if any(len(line) != width or width < 3 for line in lines[:size]):
            raise FluxError("failed to read annotations: wrong number of fields")
        for name in _ANNOTATIONS:
            if name not in head:
                error = FluxError if name == "datatype" else plain_error
                raise error(f"failed to read metadata: missing expected annotation {name}")
        names = _header(lines[size:], width)[3:]
        lines = lines[size + 1 :]
        if result not in (None, head["default"][1]):
            raise FluxError("csv.from() can only parse 1 result")
        result, number = head["default"][1:3]
        if number and not re.fullmatch("[+-]?[0-9]+", number):
            raise plain_error("failed to read metadata: default Table ID is not an integer")
        cells = {name: line[3:] for name, line in head.items()}
        while True:
            size = _size(lines, width)
            if not size and not number:
                raise FluxError("missing table ID")
            yield _table(cells, names, [line[3:] for line in lines[:size]])
            lines = lines[size:]
            if not lines or lines[0][0]:
                break


def _annotation(line: Line) -> str | None:
    marked = line[0].startswith("#") or line[0] in _ANNOTATIONS
    return line[0].removeprefix("#") if marked else None


def _header(lines: list[Line], width: int) -> Line:
    if not lines or len(lines[0]) != width:
        raise FluxError("missing expected header row")
    if lines[0][1:2] == ["error"]:  # what the server itself writes of an error
        raise plain_error(lines[1][1] if len(lines) > 1 and len(lines[1]) > 1 else "")
    return lines[0]


def _size(lines: list[Line], width: int) -> int:
    """How many rows belong to the table that begins here."""
    for place, line in enumerate(lines):
        if not line[0] and len(line) != width:
            raise plain_error("wrong number of fields")
        if line[0] or line[2] not in ("", lines[0][2]):
            return place
    return len(lines)


def _table(head: dict[str, Line], names: Line, lines: list[Line]) -> Table:
    kinds = [_kind(word) for word in head["datatype"]]
    defaults = [_cell(w, k, FluxError) for w, k in zip(head["default"], kinds, strict=True)]
    if any(len(line) != len(names) for line in lines):
        raise plain_error("wrong number of fields")
    columns = [
        [default if not line[i] else _cell(line[i], kind, plain_error) for line in lines]
        for i, (kind, default) in enumerate(zip(kinds, defaults, strict=True))
    ]
    first = [column[0] for column in columns] if lines else defaults
    key = {n: v for n, v, g in zip(names, first, head["group"], strict=True) if g == "true"}
    cells = dict(zip(names, columns, strict=True))
    return Table(key, dict(zip(names, kinds, strict=True)), cells)


def _kind(word: str) -> str:
    if word.startswith("dateTime") and word not in _KINDS:
        raise not_supported(f"the datatype {word}")
    if word not in _KINDS:
        raise FluxError(f"a column has an invalid datatype: {word}")
    return _KINDS[word]


def _cell(text: str, kind: str, error: Callable[[str], FluxError]) -> Any:
    try:
        return _READ[kind](text) if text else None
    except (KeyError, FluxError):
        raise error(f"cannot read {text} as {kind}") from None
