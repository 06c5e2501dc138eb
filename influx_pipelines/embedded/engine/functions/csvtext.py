"""`csv.from`: tables out of annotated or plain CSV text."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from influx_pipelines.embedded.engine.csv import DATATYPES
from influx_pipelines.embedded.engine.errors import FluxError, not_supported, plain_error
from influx_pipelines.embedded.engine.functions.convert import to_float, to_int, to_uint
from influx_pipelines.embedded.engine.registry import builtin
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import Time, parse_time

Line = list[str]
_KINDS = {word.partition(":")[0]: kind for kind, word in DATATYPES.items()}
_TRUTH = {**dict.fromkeys("1 t T TRUE true True".split(), True)}
_TRUTH.update(dict.fromkeys("0 f F FALSE false False".split(), False))
ANNOTATIONS = ("datatype", "group", "default")


def _time(text: str) -> Time:
    if "T" not in text:
        raise FluxError("a date alone is no time here")
    return parse_time(text)


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
    lines = _Lines(csv.removeprefix("\ufeff"))
    tables = list(_plain(lines) if mode == "raw" else _annotated(lines))
    return Stream(tables)


class _Lines:
    """The lines of a text, of which one can be put back; blank ones do not count."""

    def __init__(self, text: str) -> None:
        rows = io.StringIO(text.replace("\r\n", "\n"), newline="\n")
        self._lines = (line for line in csv.reader(rows, strict=True) if line)
        self._back: list[Line] = []

    def read(self) -> Line | None:
        """The next line; None at the end."""
        try:
            return self._back.pop() if self._back else next(self._lines, None)
        except csv.Error:
            raise not_supported("CSV with a lone quote or carriage return") from None

    def unread(self, line: Line) -> None:
        """Put a line back."""
        self._back.append(line)


@dataclass(slots=True)
class _Head:
    """What annotations and header say of the tables that follow."""

    width: int
    names: Line
    kinds: list[str]
    groups: list[bool]
    defaults: list[Any]
    result: str = ""
    table: str = ""
    first: int = 3  # before it stand annotation, result and table


def _annotated(lines: _Lines) -> Iterator[Table]:
    result, head = None, _read_head(lines)
    while head is not None:
        if result not in (None, head.result):
            raise FluxError("csv.from() can only parse 1 result")
        result = head.result
        yield _read_table(lines, head)
        following = lines.read()
        if following is None:
            return
        lines.unread(following)
        head = _read_head(lines) if following[0] else head


def _plain(lines: _Lines) -> Iterator[Table]:
    line = lines.read()
    if line is not None:
        lines.unread(line)
        names, n = _header(lines, len(line)), len(line)
        kinds, groups, defaults = ["string"] * n, [False] * n, [None] * n
        yield _read_table(lines, _Head(n, names, kinds, groups, defaults, table="0", first=0))


def _header(lines: _Lines, width: int) -> Line:
    line = lines.read()
    if line is None or len(line) != width:
        raise FluxError("missing expected header row")
    if line[1:2] == ["error"]:  # what the server itself writes of an error
        raise plain_error((lines.read() or ["", ""])[1])
    return line


def _read_head(lines: _Lines) -> _Head | None:
    found: dict[str, Line] = {}
    width = 0
    while not found.keys() >= set(ANNOTATIONS):
        line = lines.read()
        if line is None and not found:
            return None
        if line is None or not (line[0].startswith("#") or line[0] in ANNOTATIONS):
            raise _missing(found)
        width = width or len(line)
        if len(line) != width or width < 3:
            raise FluxError("failed to read annotations: wrong number of fields")
        found[line[0].removeprefix("#")] = line
    names = _header(lines, width)[3:]
    kinds = [_kind(word) for word in found["datatype"][3:]]
    return _Head(
        width,
        names,
        kinds,
        [word == "true" for word in found["group"][3:]],
        [_cell(w, k, FluxError) for w, k in zip(found["default"][3:], kinds, strict=True)],
        found["default"][1],
        found["default"][2],
    )


def _kind(word: str) -> str:
    name, _, layout = word.partition(":")
    if name not in _KINDS:
        raise FluxError(f"a column has an invalid datatype: {word}")
    if name == "dateTime" and layout not in ("RFC3339", "RFC3339Nano"):
        raise not_supported(f"the datatype {word}")
    return _KINDS[name]


def _missing(found: dict[str, Line]) -> FluxError:
    name = next(n for n in ANNOTATIONS if n not in found)
    error = FluxError if name == "datatype" else plain_error
    return error(f"failed to read metadata: missing expected annotation {name}")


def _cell(text: str, kind: str, error: Callable[[str], FluxError]) -> Any:
    if not text:
        return None
    try:
        return _READ[kind](text)
    except (KeyError, FluxError):
        raise error(f"cannot read {text} as {kind}") from None


def _read_table(lines: _Lines, head: _Head) -> Table:
    rows: list[list[Any]] = []
    number = ""
    while (line := lines.read()) is not None:
        if len(line) != head.width and not (head.first and line[0]):
            raise plain_error("wrong number of fields")
        if head.first and (line[0] or (rows and line[2] not in ("", number))):
            lines.unread(line)
            break
        number = number if rows or not head.first else line[2]
        cells = zip(line[head.first :], head.kinds, head.defaults, strict=True)
        rows.append([d if not c else _cell(c, k, plain_error) for c, k, d in cells])
    if not rows and not head.table:
        raise FluxError("missing table ID")
    first = rows[0] if rows else head.defaults
    key = {n: v for n, v, g in zip(head.names, first, head.groups, strict=True) if g}
    types = dict(zip(head.names, head.kinds, strict=True))
    columns = zip(*rows, strict=True) if rows else ([] for _ in head.names)
    return Table(key, types, {n: list(c) for n, c in zip(head.names, columns, strict=True)})
