"""Metadata of bounded size: tables, links, pictures. It lives in the event log for ever."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from influx_pipelines.plots import markdown_image

MAX_ROWS = 50
MAX_CELL = 300
MAX_JSON_BYTES = 16_384


def table(rows: Iterable[Mapping[str, Any]], *, empty: str = "nothing") -> dg.MetadataValue:
    """A table of at most 50 rows, the union of their keys as columns; a last row tells the rest."""
    rows = list(rows)
    if not rows:
        return dg.MetadataValue.text(empty)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    shown = [{name: _cell(row.get(name)) for name in columns} for row in rows[:MAX_ROWS]]
    if len(rows) > MAX_ROWS:
        rest = f"… and {len(rows) - MAX_ROWS} more"
        shown.append({name: rest if name == columns[0] else "" for name in columns})
    return dg.MetadataValue.table(
        records=[dg.TableRecord(row) for row in shown],
        schema=dg.TableSchema([dg.TableColumn(name) for name in columns]),
    )


def _cell(value: Any) -> str | int | float | bool:
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value if abs(value) < 2**53 else str(value)
    text = str(value)
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - 1] + "…"


def picture(png: bytes, alt: str) -> dg.MetadataValue:
    """A plot that the page shows in place (behind "Show Markdown")."""
    return dg.MetadataValue.md(markdown_image(png, alt))


def names(values: Sequence[str]) -> dg.MetadataValue:
    """A list of names, one a line, of bounded length."""
    return table([{"name": value} for value in values], empty="none")


def json_value(value: Any) -> dg.MetadataValue:
    """JSON of at most 16 kB; a larger value is told by its size."""
    size = len(json.dumps(value, default=str))
    if size > MAX_JSON_BYTES:
        return dg.MetadataValue.text(f"{size:,} bytes of JSON: too long to keep here")
    return dg.MetadataValue.json(json.loads(json.dumps(value, default=str)))


def link(url: str) -> dg.MetadataValue:
    """A link to a page."""
    return dg.MetadataValue.url(url)
