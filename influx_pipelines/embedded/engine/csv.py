"""Results as annotated CSV, byte for byte as the server writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from influx_pipelines.embedded.engine.errors import not_supported
from influx_pipelines.embedded.engine.numbers import format_float
from influx_pipelines.embedded.engine.table import Stream, Table
from influx_pipelines.embedded.engine.values import format_time, type_of

DATATYPES = {
    "bool": "boolean",
    "int": "long",
    "uint": "unsignedLong",
    "float": "double",
    "string": "string",
    "time": "dateTime:RFC3339",
}
END = "\r\n"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a client may ask of the CSV."""

    header: bool = True
    delimiter: str = ","
    annotations: tuple[str, ...] = ()


def encode(results: dict[str, Stream], dialect: Dialect) -> Iterator[str]:
    """The answer in parts; several results follow each other by name, up to one that broke off.

    Raises:
        FluxError: it broke off before anything was written.
    """
    written = False
    for name in sorted(results):
        stream = results[name]
        if stream.nameless:
            raise not_supported("naming the result of to() without a yield in this script")
        writer = _Writer(name, dialect)
        for table in stream.shown:
            written = True
            yield from writer.table(table)
        if stream.error is not None and not written:
            raise stream.error
        written = True
        yield END
        if stream.error is not None:
            yield from writer.error(stream.error.message)
            return


def encode_error(text: str, dialect: Dialect) -> str:
    """The table of an error, where nothing else is shown."""
    return "".join(_Writer("", dialect).error(text))


class _Writer:
    """One result: tables of one form share a header, a change begins a new block."""

    def __init__(self, result: str, dialect: Dialect) -> None:
        self.result = result
        self.dialect = dialect
        self.form: Any = None
        self.number = -1

    def table(self, table: Table) -> Iterator[str]:
        """The lines of a table, with annotations and header when its form is new."""
        self.number += 1
        form = (tuple(table.types.items()), frozenset(table.key)) if len(table) else None
        if form is None or form != self.form:
            if self.number:
                yield END
            yield from self._head(table)
        self.form = form
        if form:
            yield from self._rows(table)

    def _line(self, cells: list[str]) -> str:
        return self.dialect.delimiter.join(cells) + END

    def _head(self, table: Table) -> Iterator[str]:
        wide = {
            "datatype": ["string", "long", *(DATATYPES[kind] for kind in table.types.values())],
            "group": ["false", "false", *(cell(name in table.key) for name in table.types)],
            "default": self._defaults(table),
        }
        for annotation in self.dialect.annotations:
            cells = [quoted(cell, self.dialect.delimiter) for cell in wide[annotation]]
            yield self._line([f"#{annotation}", *cells])
        if self.dialect.header:
            names = [quoted(name, self.dialect.delimiter) for name in table.types]
            yield self._line(["", "result", "table", *names])

    def _defaults(self, table: Table) -> list[str]:
        if len(table):
            return [self.result, "", *("" for _ in table.types)]
        key = (cell(table.key[n]) if n in table.key else "" for n in table.types)
        return [self.result, str(self.number), *key]

    def _rows(self, table: Table) -> Iterator[str]:
        shown = "" if "default" in self.dialect.annotations else self.result
        delimiter = self.dialect.delimiter
        head = delimiter.join(["", quoted(shown, delimiter), str(self.number)])
        columns = [_cells(table.columns[n], kind, delimiter) for n, kind in table.types.items()]
        for cells in zip(*columns, strict=True):
            yield head + delimiter + delimiter.join(cells) + END

    def error(self, text: str) -> Iterator[str]:
        """A stream that broke off: a table of its own after the rows that came before."""
        annotations = {
            "datatype": ["string", "string"],
            "group": ["true", "true"],
            "default": ["", ""],
        }
        for annotation in self.dialect.annotations:
            yield self._line([f"#{annotation}", *annotations[annotation]])
        yield self._line(["", "error", "reference"])
        yield self._line(["", quoted(text, self.dialect.delimiter), ""])


def _cells(values: list[Any], kind: str, delimiter: str) -> list[str]:
    show = _SHOWN[kind]
    if kind != "float" and values.count(values[0]) == len(values):  # as in a group column
        return [quoted(cell(values[0]), delimiter)] * len(values)
    if kind == "string" or delimiter not in _USUAL:
        known: dict[Any, str] = {None: ""}
        return [known.get(v) or known.setdefault(v, quoted(show(v), delimiter)) for v in values]
    return ["" if v is None else show(v) for v in values]


_USUAL = ",;|\t"  # delimiters that stand in no number and no time
_SHOWN: dict[str, Callable[[Any], str]] = {
    "bool": lambda value: "true" if value else "false",
    "int": str,
    "uint": str,
    "float": format_float,
    "string": str,
    "time": format_time,
}


def cell(value: Any) -> str:
    """A value as text; null and the empty text look the same."""
    return "" if value is None else _SHOWN[type_of(value)](value)


def quoted(text: str, delimiter: str) -> str:
    r"""A cell in quotes where it needs them; a line break becomes CR LF, a lone CR is lost."""
    special = (delimiter, '"', "\n", "\r")
    if text != "\\." and not text[:1].isspace() and not any(c in text for c in special):
        return text
    body = text.replace("\r", "").replace("\n", "\r\n").replace('"', '""')
    return f'"{body}"'
