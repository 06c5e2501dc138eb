"""`POST /api/v2/query`: a script in, annotated CSV out."""

from __future__ import annotations

from starlette.responses import Response

from influx_pipelines.embedded.engine.csv import Dialect, encode, encode_error
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.run import run
from influx_pipelines.embedded.http.answers import (
    HIDDEN,
    Fault,
    fault_answer,
    invalid,
    no_content,
    packable,
)
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.query_request import DECODE, read_request
from influx_pipelines.embedded.http.reader import OrgReader
from influx_pipelines.embedded.http.routing import route

CSV = "text/csv; charset=utf-8"


@route("POST", "/api/v2/query")
def query(call: Call) -> Response:
    """Run a script; `Prefer` may ask for its errors only, or for nothing."""
    request = read_request(call)
    try:
        org = call.org_of_query()
    except Fault as fault:
        raise invalid(f"{DECODE}{fault.message}") from None
    prefer = call.headers.get("prefer", "")
    try:
        reader = OrgReader(call.service, call.caller, org)
        results = run(request.script, reader, request.now, request.extern)
        text = "".join(encode(results, request.dialect))
        error = next((s.error for s in results.values() if s.error is not None), None)
        if error is not None and prefer == "return-no-content-with-error":
            raise error
    except FluxError as error:
        return _failed(error, prefer, request.dialect)
    if prefer == "return-no-content":
        return no_content()
    if prefer == "return-no-content-with-error":
        text = ""
    return packable(text, call.headers, CSV)


def _failed(error: FluxError, prefer: str, dialect: Dialect) -> Response:
    if prefer == "return-no-content" and error.code != "not implemented":
        return no_content()
    # What does not even parse was never run.
    ran = error.code in ("invalid", "not found") and not error.message.startswith("compilation")
    if prefer == "return-no-content-with-error" and ran:
        return Response(encode_error(error.message, dialect), headers={"Content-Type": CSV})
    hidden = error.code == "internal error" and not error.message.startswith("panic")
    return fault_answer(Fault(error.code, HIDDEN if hidden else error.message))
