"""What stands before the routes: other origins, and a slash at the end of a path."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from influx_pipelines.embedded.http.missing import WORDLESS

_ALLOWED = {
    "Access-Control-Allow-Methods": "POST, GET, OPTIONS, PUT, DELETE, PATCH",
    "Access-Control-Allow-Headers": (
        "Accept, Content-Type, Content-Length, Accept-Encoding, Authorization, User-Agent"
    ),
}


class Edge:
    """Answers to OPTIONS, echoes the origin, and drops the slash where the real server does."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/v2"):
            await self.app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin")

        async def echo(message: Message) -> None:
            if origin and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Access-Control-Allow-Origin"] = origin
            await send(message)

        if scope["method"] == "OPTIONS":
            answer = Response(status_code=204, headers=_ALLOWED) if origin else Response(None, 405)
            await answer(scope, receive, echo)
            return
        path = scope["path"]
        if path.endswith("/") and WORDLESS.match(path):
            scope = {**scope, "path": path[:-1]}
        await self.app(scope, receive, echo)
