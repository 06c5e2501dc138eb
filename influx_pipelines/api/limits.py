"""How much one caller may send: bytes of a body, requests a second."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from influx_pipelines.api.problems import problem

MAX_BODY = 1024 * 1024
MAX_ADDRESSES = 10_000
BURST_SECONDS = 2.0


class BodyLimit:
    """Takes a body in whole before anybody works with it, or answers 413 as soon as it is more."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at the announced length, then count what comes."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        body = None
        if not announced.isdigit() or int(announced) <= self.limit:
            body = await self._read(receive)
        if body is None:
            refusal = problem(413, f"the body is larger than {self.limit} bytes")
            await refusal(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        await self.app(scope, again, send)

    async def _read(self, receive: Receive) -> bytes | None:
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return b""
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self.limit:
                return None
            more = message.get("more_body", False)
        return b"".join(parts)


class RateLimit:
    """A token bucket for each address: so many a second, twice as many at once."""

    def __init__(
        self, app: ASGIApp, per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app = app
        self.per_second = per_second
        self.burst = max(1.0, per_second * BURST_SECONDS)
        self.clock = clock
        self.buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_of(self, address: str) -> float:
        """Take one request; how many seconds are missing to it, 0 when it is let through."""
        now = self.clock()
        left, then = self.buckets.pop(address, (self.burst, now))
        left = min(self.burst, left + (now - then) * self.per_second)
        wait = 0.0 if left >= 1 else (1 - left) / self.per_second
        self.buckets[address] = (left - (wait == 0), now)
        if len(self.buckets) > MAX_ADDRESSES:  # that of the longest silence has filled up by now
            self.buckets.popitem(last=False)
        return wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 429, or go on."""
        if scope["type"] == "http" and (wait := self.wait_of((scope["client"] or ("",))[0])):
            text = f"more than {self.per_second:g} requests a second"
            answer = problem(429, text, {"Retry-After": str(ceil(wait))})
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)
