"""The list of routes: a decorator each handler registers itself with."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from starlette.responses import Response

from influx_pipelines.embedded.http.call import Call

Handler = Callable[[Call], Response]


class Entry(NamedTuple):
    """One verb of one path; an open one needs no token, an atomic one is one transaction."""

    method: str
    path: str
    handler: Handler
    open: bool = False
    atomic: bool = False


ROUTES: list[Entry] = []


def route(
    method: str, path: str, *, open: bool = False, atomic: bool = False
) -> Callable[[Handler], Handler]:
    """Answer a verb of a path."""

    def register(handler: Handler) -> Handler:
        ROUTES.append(Entry(method, path, handler, open, atomic))
        return handler

    return register


def change(method: str, path: str, *, open: bool = False) -> Callable[[Handler], Handler]:
    """Answer a verb that changes documents: one at a time, and nothing stays of a failed one."""
    return route(method, path, open=open, atomic=True)
