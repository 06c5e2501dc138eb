"""Answers to what is not there: unknown paths, wrong verbs, and what is refused by name."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route

from influx_pipelines.embedded.http import v1
from influx_pipelines.embedded.http.answers import Fault, fault_answer, not_found, refused
from influx_pipelines.embedded.http.call import Query, Service
from influx_pipelines.embedded.http.credentials import caller_of

# Resources of the real server that are not here: refused by name, never a wrong answer.
REFUSED = re.compile(
    r"/api/v2/(annotations|backup|config|documents|flags|notebooks"
    r"|query|remotes|replications|resources|restore"
    r"|scrapers|sources|stacks|templates|views)(/|$)"
    r"|/api/v2/(orgs|buckets)/[^/]+/(limits|usage)(/|$)"
    r"|/metrics$|/debug|/api/v2(/swagger\.json)?/?$|/private/|/api/v2/(labels|authorizations|me)/|/api/v2/users/[^/]+/"
)
# The half of the API that answers a wrong verb or path below it without words.
WORDLESS = re.compile(
    r"/api/v2/(setup|orgs|users|me|buckets|dbrps|authorizations|labels|dashboards|remotes"
    r"|replications|stacks|templates)(/|$)"
)


def nothing_there(shared: Service, routes: list[Route], request: Request) -> Response:
    """Credentials first, then 405 for a known path, 501 for a known resource, else 404."""
    path = request.url.path
    try:
        if path.startswith("/api/v2/"):
            caller_of(shared, request.headers)
        if path in v1.PATHS:
            v1.caller_of(shared, Query(request.query_params), request.headers)
        verbs = _verbs(request, routes)
        if verbs:
            return _wrong_verb(path, verbs)
        if REFUSED.match(path):
            raise refused(f"{request.method} {path}")
        if WORDLESS.match(path):
            return PlainTextResponse("404 page not found\n", 404)
        raise not_found("path not found")
    except Fault as fault:
        return fault_answer(fault)


def _verbs(request: Request, routes: list[Route]) -> set[str]:
    matching = (r for r in routes if r.matches(request.scope)[0] is not Match.NONE)
    return {verb for found in matching for verb in found.methods or ()} - {"HEAD"}


def _wrong_verb(path: str, verbs: set[str]) -> Response:
    if WORDLESS.match(path):
        return Response(status_code=405)
    allowed = ", ".join(sorted({*verbs, "OPTIONS"}))
    answer = fault_answer(Fault("method not allowed", f"allow: {allowed}"))
    answer.headers["Allow"] = allowed
    return answer
