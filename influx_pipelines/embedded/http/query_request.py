"""What a query asks for: the script, the form of its answer, the time that is now."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from influx_pipelines.embedded.engine.csv import Dialect
from influx_pipelines.embedded.engine.values import wrap_int
from influx_pipelines.embedded.http.answers import failing, invalid, refused
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.gojson import decode, go_type
from influx_pipelines.embedded.http.gotime import go_time
from influx_pipelines.flux import ast
from influx_pipelines.flux.jsontree import from_json

DECODE = "failed to decode request body: "
_JSON = (
    f"{DECODE}failed parsing request body as JSON; if sending a raw Flux script, set "
    "'Content-Type: application/vnd.flux' in your request headers"
)


@dataclass(slots=True)
class Request:
    """A query as it was sent."""

    script: str
    dialect: Dialect
    now: int
    extern: ast.File | None


def read_request(call: Call) -> Request:
    """A bare script or JSON; all of the JSON is read before any of it is judged.

    Raises:
        Fault: 400.
    """
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/vnd.flux":
        asked = Body({"query": call.body.decode("utf-8", "replace")})
    else:
        asked = _decoded(call.body)
    script, of_type = asked.text("query"), asked.text("type")
    form = asked.object("dialect", "http.QueryDialect")
    header, annotations = form.flag("header", True), tuple(form.texts("annotations"))
    prefix, delimiter = form.text("commentPrefix"), form.text("delimiter") or ","
    style, now = form.text("dateTimeFormat"), _now(asked.get("now"))
    if not script and asked.get("ast"):
        raise refused("a query as AST")
    for fits, text in (
        (script, "request body requires either query or AST"),
        (of_type in ("", "flux"), f"unknown query type: {of_type}"),
        (len(prefix.encode()) <= 1, "invalid dialect comment prefix: must be length 0 or 1"),
        (len(delimiter.encode()) == 1, "invalid dialect delimeter: must be length 1"),
    ):
        if not fits:
            raise invalid(f"{DECODE}{text}")
    for name in annotations:
        if name not in ("group", "datatype", "default"):
            raise invalid(f"{DECODE}unknown dialect annotation type: {name}")
    if style not in ("", "RFC3339", "RFC3339Nano"):
        raise invalid(f"{DECODE}unknown dialect date time format: {style}")
    return Request(script, Dialect(header, delimiter, annotations), now, _extern(asked))


def _decoded(body: bytes) -> Body:
    try:
        value = decode(body)
    except ValueError as error:
        raise invalid(f"{_JSON}: {error}") from None
    if not isinstance(value, dict | None):
        text = f"json: cannot unmarshal {go_type(value)} into Go value of type http.QueryRequest"
        raise invalid(f"{_JSON}: {text}")
    return Body(value or {}, f"{_JSON}: ", "QueryRequest.")


def _now(value: Any) -> int:
    if value is None:
        return time.time_ns()
    if not isinstance(value, str):
        raise invalid(f"{_JSON}: Time.UnmarshalJSON: input is not a JSON string")
    with failing(_JSON):
        return wrap_int(go_time(value))


def _extern(asked: Body) -> ast.File | None:
    tree = asked.get("extern")
    if tree is None:
        return None
    try:
        return from_json(tree)
    except ValueError as error:
        raise invalid(f"compilation failed: extern json parse error: {error}") from None
