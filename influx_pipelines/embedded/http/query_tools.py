"""`POST /api/v2/query/ast` and `/analyze`: the syntax of a script, without running it."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.http.answers import HIDDEN, Fault, compact_answer, invalid
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.routing import route
from influx_pipelines.flux.faults import faults_of_script
from influx_pipelines.flux.jsontree import package_to_json
from influx_pipelines.flux.parser import FluxSyntaxError, parse_for_task, recover

_PREFIX = "invalid json: "


@route("POST", "/api/v2/query/ast")
def tree(call: Call) -> Response:
    """The syntax tree; what is no expression is null in it."""
    script = call.json("http.langRequest", prefix=_PREFIX).text("query")
    try:
        return compact_answer({"ast": package_to_json(parse_for_task(script))})
    except FluxSyntaxError as error:
        raise invalid(f"invalid AST: {error.faults[0].located}") from None


@route("POST", "/api/v2/query/analyze")
def analyze(call: Call) -> Response:
    """The errors of a script, each with the place where its node begins."""
    body = call.json("http.QueryRequest", prefix=_PREFIX)
    script = body.text("query")
    if body.text("type") != "flux":
        raise Fault("internal error", HIDDEN)
    try:
        faults = faults_of_script(recover(script), looks=2)
    except FluxSyntaxError as error:
        faults = error.faults
    errors = [
        {"line": fault.at[0], "column": fault.at[1], "character": 0, "message": fault.message}
        for fault in faults
    ]
    return compact_answer({"errors": errors})
