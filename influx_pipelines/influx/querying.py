"""Running a Flux script with bound parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from influx_pipelines.influx import answers, csv
from influx_pipelines.influx.errors import Invalid, QueryFailed, Unavailable
from influx_pipelines.influx.retry import retrying

if TYPE_CHECKING:
    from influx_pipelines.influx.client import Influx

DIALECT = {"header": True, "annotations": ["datatype", "group", "default"]}


def run_query(influx: Influx, flux: str, params: Mapping[str, Any] | None) -> csv.QueryResult:
    """Send the script and read the whole answer; see `Influx.query`."""
    request: dict[str, Any] = {"query": flux, "type": "flux", "dialect": DIALECT}
    if params is not None:
        request["extern"] = bound(params)
    body = json.dumps(request).encode()
    headers = {"Content-Type": "application/json", "Accept": "application/csv"}

    def once() -> csv.QueryResult:
        answer = influx.transport.send(
            "POST", "/api/v2/query", params={"org": influx.org}, body=body, headers=headers
        )
        url = f"{influx.url}/api/v2/query"
        if answer.status >= 300:
            raise answers.error_of("POST", url, answer.status, answer.headers, answer.body)
        if "csv" not in answer.headers.get("content-type", ""):
            raise answers.not_influxdb(url, answer.headers)
        return csv.read(answer.body.decode())

    try:
        return retrying(once, influx.retry_seconds)
    except Invalid as error:
        raise QueryFailed(str(error), status=error.status, code=error.code) from None
    except Unavailable as error:
        if error.status == 500:  # the server's answer to scripts that make it panic
            raise QueryFailed(str(error), status=500) from None
        raise


def bound(params: Mapping[str, Any]) -> Any:
    """Values as the syntax tree of `option params = {…}`: no text becomes part of the script.

    Raises:
        ValueError: a value has no literal in Flux.
    """
    # Imported here: the code location is loaded often, and seldom sends a query.
    from influx_pipelines.flux.jsontree import to_json
    from influx_pipelines.flux.literals import render
    from influx_pipelines.flux.parser import parse

    return to_json(parse(f"option params = {render(dict(params))}"))
