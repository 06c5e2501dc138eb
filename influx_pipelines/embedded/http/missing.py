"""Answers to what is not there: unknown paths, wrong verbs, and what is refused by name."""

from __future__ import annotations

import re
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from influx_pipelines.embedded.http import v1
from influx_pipelines.embedded.http.answers import Fault, fault_answer, not_found, refused
from influx_pipelines.embedded.http.call import Query, Service
from influx_pipelines.embedded.http.credentials import caller_of

# Resources of the real server that are not here: refused by name, never a wrong answer.
REFUSED = re.compile(
    r"/api/v2/(annotations|backup|config|documents|flags|notebooks|query|remotes|replications"
    r"|resources|restore|scrapers|sources|stacks|telegraf|templates)(/|$)"
    r"|/metrics$|/debug|/api/v2(/swagger\.json)?/?$|/private/|/api/v2/users/[^/]+/permissions$"
)
# The half of the API that answers a wrong verb or path below it without words.
WORDLESS = re.compile(
    r"/api/v2/(setup|signin|signout|orgs|users|me|buckets|dbrps|authorizations|labels|dashboards"
    r"|remotes|replications|stacks|templates|notebooks|annotations)(/|$)"
)


def nothing_there(shared: Service, routes: list[Route], request: Request) -> Response:
    """Credentials first, then 405 for a known path, 501 for a known resource, else 404."""
    path = request.url.path
    try:
        if path.startswith("/api/v2/"):
            caller_of(shared, request.headers)
        if path in v1.PATHS:
            v1.caller_of(shared, Query(request.query_params), request.headers)
        verbs = _verbs(request.scope, routes)
        if verbs:
            return _wrong_verb(path, verbs)
        without = path.removesuffix("/")
        if request.method in _verbs({**request.scope, "path": without}, routes):
            return _moved(request, without)
        if REFUSED.match(path):
            raise refused(f"{request.method} {path}")
        if WORDLESS.match(path):
            return PlainTextResponse("404 page not found\n", 404)
        raise not_found("path not found")
    except Fault as fault:
        return fault_answer(fault)


def _verbs(scope: Scope, routes: list[Route]) -> set[str]:
    matching = (r for r in routes if r.matches(scope)[0] is not Match.NONE)
    return {verb for found in matching for verb in found.methods or ()} - {"HEAD"}


def _moved(request: Request, path: str) -> Response:
    """The older half of the API sends its clients to the path without a slash at the end."""
    if request.url.query:
        path = f"{path}?{request.url.query}"
    if request.method != "GET":
        return Response(status_code=307, headers={"Location": path})
    text = f'<a href="{escape(path)}">Moved Permanently</a>.\n\n'
    return HTMLResponse(text, 301, headers={"Location": path})


def _wrong_verb(path: str, verbs: set[str]) -> Response:
    if WORDLESS.match(path):
        return Response(status_code=405)
    allowed = ", ".join(sorted({*verbs, "OPTIONS"}))
    answer = fault_answer(Fault("method not allowed", f"allow: {allowed}"))
    answer.headers["Allow"] = allowed
    return answer
