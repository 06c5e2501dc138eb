"""`POST /api/v2/query`: a script in, annotated CSV out."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.engine.csv import Dialect, encode
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.run import run
from influx_pipelines.embedded.engine.values import wrap_int
from influx_pipelines.embedded.http.answers import (
    HIDDEN,
    Fault,
    failing,
    fault_answer,
    invalid,
    no_content,
    packable,
    refused,
)
from influx_pipelines.embedded.http.body import Body, decode, go_type
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.gotime import go_time
from influx_pipelines.embedded.http.reader import OrgReader
from influx_pipelines.embedded.http.routing import route
from influx_pipelines.flux import ast
from influx_pipelines.flux.jsontree import from_json

_DECODE = "failed to decode request body: "
_JSON = (
    f"{_DECODE}failed parsing request body as JSON; if sending a raw Flux script, set "
    "'Content-Type: application/vnd.flux' in your request headers: "
)


@dataclass(slots=True)
class Request:
    """A query as it was sent."""

    script: str
    dialect: Dialect
    now: int
    extern: ast.File | None


@route("POST", "/api/v2/query")
def query(call: Call) -> Response:
    """Run a script; `Prefer` may ask for its errors only, or for nothing."""
    request = _request(call)
    try:
        org = call.org_of_query()
    except Fault as fault:
        raise invalid(f"{_DECODE}{fault.message}") from None
    prefer = call.headers.get("prefer", "")
    try:
        reader = OrgReader(call.service, call.caller, org)
        results = run(request.script, reader, request.now, request.extern)
        text = "".join(encode(results, request.dialect))
    except FluxError as error:
        return _failed(error, prefer)
    if prefer == "return-no-content":
        return no_content()
    if prefer == "return-no-content-with-error":
        text = ""
    return packable(text, call.headers, CSV)


def _failed(error: FluxError, prefer: str) -> Response:
    if prefer == "return-no-content" and error.code != "not implemented":
        return no_content()
    if prefer == "return-no-content-with-error" and error.code == "invalid":
        return Response(f",error,reference\r\n,{error.message},\r\n", media_type=CSV)
    hidden = error.code == "internal error" and not error.message.startswith("panic")
    return fault_answer(Fault(error.code, HIDDEN if hidden else error.message))


CSV = "text/csv; charset=utf-8"


def _request(call: Call) -> Request:
    now = time.time_ns()
    if call.headers.get("content-type", "").startswith("application/vnd.flux"):
        request = Request(call.body.decode("utf-8", "replace"), Dialect(), now, None)
    else:
        request = _decoded(call.body, now)
    if not request.script:
        raise invalid(f"{_DECODE}request body requires either query or AST")
    return request


def _decoded(body: bytes, now: int) -> Request:
    try:
        value = decode(body) if body.strip() else {}
    except ValueError as error:
        raise invalid(f"{_JSON}{error}") from None
    if not isinstance(value, dict):
        field = f"{go_type(value)} into Go struct field QueryRequest.query of type string"
        raise invalid(f"{_JSON}json: cannot unmarshal {field}")
    asked = Body(value, _JSON, "QueryRequest.")
    if asked.text("type") not in ("", "flux"):
        raise invalid(f"{_DECODE}unknown query type: {asked['type']}")
    script = asked.text("query")
    if not script and asked.get("ast"):
        raise refused("a query as AST")
    dialect = _dialect(asked.object("dialect"))
    if text := asked.text("now"):
        with failing(_JSON.removesuffix(": ")):
            now = wrap_int(go_time(text))
    return Request(script, dialect, now, _extern(asked.get("extern")))


def _extern(tree: Any) -> ast.File | None:
    if tree is None:
        return None
    try:
        return from_json(tree)
    except ValueError as error:
        raise invalid(f"compilation failed: extern json parse error: {error}") from None


def _dialect(asked: Body) -> Dialect:
    annotations = tuple(asked.texts("annotations"))
    for name in annotations:
        if name not in ("group", "datatype", "default"):
            raise invalid(f"{_DECODE}unknown dialect annotation type: {name}")
    delimiter = asked.text("delimiter") or ","
    if len(delimiter) != 1:
        raise invalid(f"{_DECODE}invalid dialect delimeter: must be length 1")
    if len(asked.text("commentPrefix")) > 1:
        raise invalid(f"{_DECODE}invalid dialect comment prefix: must be length 0 or 1")
    style = asked.text("dateTimeFormat")
    if style not in ("", "RFC3339", "RFC3339Nano"):
        raise invalid(f"{_DECODE}unknown dialect date time format: {style}")
    return Dialect(asked.flag("header", True), delimiter, annotations)
