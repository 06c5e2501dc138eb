"""The application: body limit, credentials, routes, the answers to what is not there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

# Importing a module registers its routes.
from influx_pipelines.embedded.http import (  # noqa: F401
    authorizations,
    buckets,
    cells,
    checks,
    dashboards,
    dbrps,
    delete,
    endpoints,
    labels,
    members,
    orgs,
    query,
    query_tools,
    rules,
    runs,
    secrets,
    service,
    tasks,
    telegrafs,
    users,
    v1_query,
    v1_write,
    variables,
    write,
)
from influx_pipelines.embedded.http.answers import (
    HIDDEN,
    Fault,
    fault_answer,
)
from influx_pipelines.embedded.http.call import Call, Query, Service
from influx_pipelines.embedded.http.credentials import caller_of
from influx_pipelines.embedded.http.edge import Edge
from influx_pipelines.embedded.http.missing import nothing_there
from influx_pipelines.embedded.http.routing import ROUTES, Entry
from influx_pipelines.embedded.permissions import Caller

MAX_QUERIES = 8  # at once; the threads that are left answer everything else meanwhile
log = logging.getLogger("influx_pipelines.embedded")


def application(shared: Service, max_body: int = write.MAX_BODY) -> Starlette:
    """All routes of the server."""
    queries = asyncio.Semaphore(MAX_QUERIES)
    found = [
        Route(e.path, _endpoint(shared, e, max_body, queries), methods=[e.method]) for e in ROUTES
    ]
    for route, entry in zip(found, ROUTES, strict=True):
        route.methods = {entry.method}  # a GET does not answer to HEAD as well

    async def missing(request: Request, error: Exception) -> Response:
        return _stamped(nothing_there(shared, found, request))

    app = Starlette(routes=found, exception_handlers={404: missing, 405: missing})
    app.router.redirect_slashes = False
    app.add_middleware(Edge)
    return app


def _endpoint(
    shared: Service, entry: Entry, max_body: int, queries: asyncio.Semaphore
) -> Callable[[Request], Awaitable[Response]]:
    turn = queries if entry.path.endswith("/query") else contextlib.nullcontext()

    async def endpoint(request: Request) -> Response:
        body = await _body(request, max_body)
        if body is None:
            text = "unable to read data: points batch is too large"
            return _stamped(fault_answer(Fault("request too large", text)))
        async with turn:
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
            call = Call(
                shared,
                request.method,
                request.path_params,
                Query(request.query_params),
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
