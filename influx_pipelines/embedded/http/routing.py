"""The list of routes: a decorator each handler registers itself with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from starlette.responses import Response

from influx_pipelines.embedded.http.call import Call

Handler = Callable[[Call], Response]


class Entry(NamedTuple):
    """One verb of one path."""

    method: str
    path: str
    handler: Handler
    open: bool


ROUTES: list[Entry] = []


def route(method: str, path: str, *, open: bool = False) -> Callable[[Handler], Handler]:
    """Answer a verb of a path; an open one needs no token."""

    def register(handler: Handler) -> Handler:
        ROUTES.append(Entry(method, path, handler, open))
        return handler

    return register
