"""The application: body limit, credentials, routes, the answers to what is not there."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Iterator

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Route

# Importing a module registers its routes.
from influx_pipelines.embedded.http import (  # noqa: F401
    authorizations,
    buckets,
    cells,
    dashboards,
    dbrps,
    labels,
    members,
    orgs,
    query,
    runs,
    secrets,
    service,
    tasks,
    telegrafs,
    users,
    variables,
    write,
)
from influx_pipelines.embedded.http.answers import (
    HIDDEN,
    Fault,
    fault_answer,
    not_found,
    refused,
)
from influx_pipelines.embedded.http.call import Call, Service
from influx_pipelines.embedded.http.routing import ROUTES, Entry
from influx_pipelines.embedded.permissions import Caller, hashed, rights

# Resources of the real server that are not here: refused by name, never a wrong answer.
REFUSED = re.compile(
    r"/api/v2/(annotations|backup|checks|config|delete|documents|flags|notebooks"
    r"|notificationEndpoints|notificationRules|query|remotes|replications|resources|restore"
    r"|scrapers|sources|stacks|templates|views)(/|$)"
    r"|/api/v2/(orgs|buckets)/[^/]+/(limits|usage)(/|$)|/query$|/write$"
    r"|/metrics$|/private/|/api/v2/(labels|authorizations|me)/|/api/v2/users/[^/]+/"
)
COMPACT = ("/api/v2/write", "/api/v2/query", "/api/v2/tasks")
log = logging.getLogger("influx_pipelines.embedded")


def caller_of(shared: Service, headers: Headers) -> Caller | None:
    """Who sends a request: a token, or the cookie of a session.

    Raises:
        Fault: the user behind it is inactive or gone.
    """
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("token", "bearer"):
        caller = _of_token(shared, value.strip())
    else:
        caller = _of_session(shared, service.session_of(headers))
    if caller is not None:
        user = shared.database.get("user", caller.user_id)
        if user is None or user["status"] != "active":
            raise Fault("forbidden", "User is inactive")
    return caller


def _of_token(shared: Service, token: str) -> Caller | None:
    for document in shared.database.find("authorization", name=hashed(token)):
        active = document["status"] == "active"
        return Caller(document["userID"], document["orgID"], document["permissions"], active)
    return None


def _of_session(shared: Service, session: str | None) -> Caller | None:
    """A session may do what its user may, and what the user's tokens may."""
    user = shared.sessions.get(session or "")
    if user is None:
        return None
    found = rights(user, shared.database.find("org"))
    for token in shared.database.find("authorization"):
        if token["userID"] == user:
            found += token["permissions"]
    return Caller(user, None, found)


def application(shared: Service, max_body: int = write.MAX_BODY) -> Starlette:
    """All routes of the server."""
    found = [Route(e.path, _endpoint(shared, e, max_body), methods=[e.method]) for e in ROUTES]
    missing = _missing(shared, found)
    return Starlette(routes=found, exception_handlers={404: missing, 405: missing})


def _endpoint(
    shared: Service, entry: Entry, max_body: int
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if entry.method == "GET" and request.method == "HEAD" and entry.path != "/ping":
            return _stamped(Response(status_code=405))
        body = await _body(request, max_body)
        if body is None:
            text = "unable to read data: points batch is too large"
            return _stamped(fault_answer(Fault("request too large", text)))
        return await run_in_threadpool(_answer, shared, entry, request, body)

    return endpoint


async def _body(request: Request, limit: int) -> bytes | None:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
    return b"".join(parts)


def _answer(shared: Service, entry: Entry, request: Request, body: bytes) -> Response:
    try:
        with _hiding_faults():
            caller = Caller("", None) if entry.open else caller_of(shared, request.headers)
            if caller is None:
                raise Fault("unauthorized", "unauthorized access")
            call = Call(
                shared,
                request.method,
                request.path_params,
                request.query_params,
                request.headers,
                body,
                caller,
            )
            with shared.database.writing() if entry.atomic else contextlib.nullcontext():
                return _stamped(entry.handler(call))
    except Fault as fault:
        return _stamped(fault_answer(fault))


@contextlib.contextmanager
def _hiding_faults() -> Iterator[None]:
    """Our own mistakes are a 500 without their text, which stands in the log."""
    try:
        yield
    except Fault:
        raise
    except Exception as error:
        log.exception("request failed")
        raise Fault("internal error", HIDDEN) from error


def _stamped(answer: Response) -> Response:
    answer.headers["X-Influxdb-Build"] = "embedded"
    answer.headers["X-Influxdb-Version"] = service.VERSION
    return answer


def _missing(
    shared: Service, routes: list[Route]
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Credentials first, then 405 for a known path, 501 for a known resource, else 404."""

    async def missing(request: Request, error: Exception) -> Response:
        path = request.url.path
        try:
            if path.startswith("/api/v2/") and caller_of(shared, request.headers) is None:
                raise Fault("unauthorized", "unauthorized access")
        except Fault as fault:
            return _stamped(fault_answer(fault))
        verbs = sorted(_verbs(request, routes))
        if verbs:
            return _stamped(_wrong_verb(path, verbs))
        if REFUSED.match(path):
            return _stamped(fault_answer(refused(f"{request.method} {path}")))
        if path.startswith(("/api/v2/buckets/", "/api/v2/orgs/", "/api/v2/dbrps/")):
            return _stamped(PlainTextResponse("404 page not found\n", 404))
        return _stamped(fault_answer(not_found("path not found")))

    return missing


def _verbs(request: Request, routes: list[Route]) -> set[str]:
    return {
        method
        for found in routes
        if found.matches(request.scope)[0] is not Match.NONE
        for method in found.methods or ()
        if method != "HEAD"
    }


def _wrong_verb(path: str, verbs: list[str]) -> Response:
    if not path.startswith(COMPACT):
        return Response(status_code=405)
    allowed = ", ".join(sorted({*verbs, "OPTIONS"}))
    answer = fault_answer(Fault("method not allowed", f"allow: {allowed}"))
    answer.headers["Allow"] = allowed
    return answer
