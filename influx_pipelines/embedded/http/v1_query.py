"""`GET` and `POST /query`: InfluxQL in, JSON or CSV out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.responses import Response

from influx_pipelines.embedded.http.answers import compact, invalid, packable, refused
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.routing import route
from influx_pipelines.embedded.http.v1 import mappings, signed_in
from influx_pipelines.embedded.influxql.show import Show, StatementError
from influx_pipelines.embedded.influxql.statements import Statement, Unsupported, parse_query
from influx_pipelines.embedded.influxql.tokens import ParseError

Result = dict[str, Any]
CHUNK = 10_000
_NEEDS_QUOTES = re.compile(r'[",\r\n]|^\s|^\\\.$')


@route("GET", "/query", open=True)
@route("POST", "/query", open=True)
def query(call: Call) -> Response:
    """Run statements one after the other."""
    call = signed_in(call)
    form = dict(call.query)
    kind = call.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        raise refused("multipart/form-data in a query")
    if kind.startswith("application/x-www-form-urlencoded"):
        text = call.body.decode("utf-8", "replace")
        form |= dict(reversed(parse_qsl(text, keep_blank_values=True)))
    text = form.get("q", "").strip()
    if not text and not kind:
        raise invalid("mime: no media type")
    if not text and kind.partition(";")[0].strip().lower() == "application/vnd.influxql":
        text = call.body.decode("utf-8", "replace")
    accept = call.headers.get("accept", "")
    if accept == "application/x-msgpack":
        raise refused("an answer as msgpack")
    if form.get("params", "").strip() not in ("", "{}"):
        raise refused("the parameter params of a query")
    readable = partial(mappings, call)
    show = Show(call.service.points, readable, form.get("db", ""), form.get("rp", ""))
    try:
        statements = parse_query(text)
        results = list(_results(show, statements))
    except ParseError as error:
        raise invalid(f"failed to parse query: {error}") from None
    except Unsupported as error:
        raise refused(f"{error}") from None
    if accept in ("application/csv", "text/csv"):
        return packable("\n".join(_csv(_gathered(results))), call.headers, accept)
    answers = [_gathered(results)]
    if form.get("chunked") == "true":
        size = form.get("chunk_size", "")
        limit = int(size[:18]) if size.isdecimal() and int(size[:18]) else CHUNK
        answers = [[part] for result in results for part in _chunks(result, statements, limit)]
    texts = [compact({"results": answer} if answer else {}) for answer in answers]
    return packable("".join(f"{text}\n" for text in texts), call.headers, "application/json")


def _results(show: Show, statements: list[Statement]) -> Iterator[Result]:
    """What the statements send; one that failed is followed by a word on those after it."""
    for number, statement in enumerate(statements):
        try:
            rows = show.run(statement)
        except StatementError as error:
            yield {"statement_id": number, "error": str(error)}
            for _ in statements[number + 1 :]:
                yield {"statement_id": number, "error": "not executed"}
            return
        yield {"statement_id": number, **({"series": rows} if rows else {})}


def _gathered(results: list[Result]) -> list[Result]:
    """One result a statement: the last word counts."""
    return list({result["statement_id"]: result for result in results}.values())


def _chunks(result: Result, statements: list[Statement], limit: int) -> Iterator[Result]:
    """A result in parts, one a series; two statements say whether more of them follow."""
    rows = result.get("series", [])
    said = statements[result["statement_id"]].name in ("SHOW FIELD KEYS", "SHOW SERIES")
    if said and any(len(row["values"]) > limit for row in rows):
        raise refused("a chunk_size below the number of values")
    for number, row in enumerate(rows, 1):
        more = {"partial": True} if said and number < len(rows) else {}
        yield {**result, "series": [row], **more}
    if not rows:
        yield result


def _csv(results: list[Result]) -> Iterator[str]:
    """A block a statement; errors are not shown."""
    for result in results:
        lines: list[list[str]] = []
        for row in result.get("series", []):
            columns = row["columns"]
            lines = lines or [["name", "tags", *columns]]
            for values in row.get("values", []):
                # The server leaves a plain `int` out and shows what stood there: the header.
                cells = [n if type(v) is int else v for n, v in zip(columns, values, strict=True)]
                lines.append([row.get("name", ""), "", *map(_cell, cells)])
        if lines:
            yield "".join(",".join(map(_quoted, line)) + "\n" for line in lines)


def _cell(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text
