"""Answers in a form that two servers can share: no IDs, no times near now, tables in order."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

_ID = re.compile(r"(?<![0-9a-zA-Z])(?<!\d\.)[0-9a-f]{16}(?![0-9a-zA-Z])")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_STAMP = re.compile(r"(?<!\d)1[6-9]\d{17}(?!\d)")
NUMBERS = ("double", "long", "unsignedLong")
RECENT = timedelta(days=40)
NEAR = int(RECENT.total_seconds()) * 10**9


def hide_ids(text: str) -> str:
    return _ID.sub("<id>", text)


def _is_recent(text: str) -> bool:
    try:
        then = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", text))
    except ValueError:
        return False
    return abs(then - datetime.now(UTC)) < RECENT


def text_form(text: str, names: dict[str, Any], *, ids: bool = True) -> str:
    """Captured values by their names, IDs and times near now by a word."""
    for name, value in sorted(names.items(), key=lambda item: -len(str(item[1]))):
        if isinstance(value, str) and len(value) >= 3:
            text = text.replace(value, f"${{{name}}}")
    text = hide_ids(text) if ids else text
    text = _TIME.sub(lambda found: "<time>" if _is_recent(found[0]) else found[0], text)
    now = time.time_ns()
    return _STAMP.sub(lambda f: "<ns>" if abs(int(f[0]) - now) < NEAR else f[0], text)


def json_form(value: Any, names: dict[str, Any]) -> Any:
    match value:
        case str():
            return text_form(value, names)
        case bool():
            return value
        case int() if abs(value - time.time_ns()) < NEAR:
            return "<ns>"
        case dict():
            return {text_form(key, names): json_form(inner, names) for key, inner in value.items()}
        case list():
            return [json_form(inner, names) for inner in value]
    return value


class _Block:
    """The annotations, header and rows of one block of annotated CSV."""

    def __init__(self) -> None:
        self.notes: dict[str, list[str]] = {}
        self.header: list[str] | None = None
        self.rows: list[list[str]] = []


def _blocks(text: str) -> list[_Block]:
    blocks, current = [], _Block()
    for row in csv.reader(io.StringIO(text, newline="")):
        if not row or row == [""]:
            blocks.append(current)
            current = _Block()
        elif row[0].startswith("#"):
            if current.header is not None:
                blocks.append(current)
                current = _Block()
            current.notes[row[0]] = row[1:]
        elif current.header is None:
            current.header = row[1:]
        else:
            current.rows.append(row[1:])
    return [*blocks, current]


def table_forms(text: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Tables with their columns by name; a server promises no order of tables."""
    found = []
    for block in _blocks(text):
        if block.header is not None:
            found += _tables(block, block.header, names)
    return sorted(found, key=lambda t: (t["result"], json.dumps(t["columns"]), t.get("key", [])))


def _tables(block: _Block, header: list[str], names: dict[str, Any]) -> list[dict[str, Any]]:
    width = len(header)
    types = block.notes.get("#datatype", [""] * width)
    groups = block.notes.get("#group", [""] * width)
    defaults = block.notes.get("#default", [""] * width)
    shown = [i for i, name in enumerate(header) if name not in ("result", "table")]
    keys = [i for i in shown if groups[i] == "true"]
    order = sorted(shown, key=lambda i: header[i])
    columns = [[header[i], types[i], groups[i] == "true"] for i in order]
    tables: dict[tuple[str, str], dict[str, Any]] = {}
    if any(defaults[i] for i in shown):  # an empty table has its group key there
        key = [text_form(defaults[i], names) for i in keys]
        empty = {"result": defaults[0], "columns": columns, "rows": [], "key": key}
        tables["", "empty"] = empty
    for row in block.rows:
        cells = [cell or default for cell, default in zip(row, defaults, strict=True)]
        mark = _cell(header, cells, "result"), _cell(header, cells, "table")
        ids = {i: types[i] not in NUMBERS for i in shown}
        values = {i: text_form(cells[i], names, ids=ids[i]) for i in shown}
        table = tables.setdefault(mark, {"result": mark[0], "columns": columns, "rows": []})
        table.setdefault("key", [values[i] for i in keys])
        table["rows"].append([values[i] for i in order])
    return list(tables.values())


def _cell(header: list[str], cells: list[str], name: str) -> str:
    return cells[header.index(name)] if name in header else ""
