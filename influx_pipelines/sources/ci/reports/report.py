"""A report: rows of one data class, whose fields are the columns of every output."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from html import escape
from typing import Any, Literal

Format = Literal["table", "csv", "json", "html"]
STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 90em; padding: 0 1em; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #ccc; padding: .3em .8em; text-align: left; vertical-align: top; }
th { position: sticky; top: 0; background: #fff; }
td:first-child { white-space: nowrap; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
"""


@dataclass(frozen=True)
class Report:
    """Rows of `row`, a data class; what is for people leaves out the columns of `aside`."""

    name: str
    title: str
    row: type[Any]
    rows: Sequence[Any]
    aside: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(field.name for field in fields(self.row))

    def records(self) -> list[dict[str, Any]]:
        """The rows as dictionaries of plain values; a time is a text in RFC 3339."""
        return [{name: _plain(getattr(row, name)) for name in self.columns} for row in self.rows]

    def shown(self) -> list[dict[str, Any]]:
        """The records with the columns that are for people."""
        return [
            {name: value for name, value in record.items() if name not in self.aside}
            for record in self.records()
        ]

    def as_csv(self) -> str:
        """With a header, also without rows."""
        out = io.StringIO()
        writer = csv.DictWriter(out, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.records())
        return out.getvalue()

    def as_json(self) -> str:
        """A list of objects."""
        return json.dumps(self.records(), indent=2, ensure_ascii=False) + "\n"

    def as_html(self) -> str:
        """A page that needs no other file, of what is for people; addresses are links."""
        columns = (name for name in self.columns if name not in self.aside)
        head = "".join(f"<th>{escape(name)}</th>" for name in columns)
        body = "\n".join(
            f"<tr>{''.join(_cell(value) for value in record.values())}</tr>"
            for record in self.shown()
        )
        title = escape(self.title)
        return (
            f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
            f"<h1>{title}</h1>\n"
            f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n"
            "</body>\n</html>\n"
        )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, tuple):
        return " ".join(str(part) for part in value)
    return value


def _cell(value: Any) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f'<td class="number">{value}</td>'
    text = escape("" if value is None else str(value))
    if text.startswith(("https://", "http://")):
        return f'<td><a href="{text}">{text.rsplit("/", 1)[-1]}</a></td>'
    return f"<td>{text}</td>"
