"""One look at a server: whether it answers, what it is, its clock, our token, our organisation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.models import Capabilities, Health, TokenRights


@dataclass(frozen=True)
class ServerLook:
    """What a look found; what comes after a trouble is None.

    Attributes:
        trouble: why the server cannot be used at all; None when it can.
        skew: seconds by which its clock is ahead of ours, exact to a second; None when it tells no
            time.
        seconds: that the answer took.
        org_id: of our organisation; "" when the token sees no such one, which `org_trouble` says.
    """

    trouble: InfluxError | None = None
    health: Health | None = None
    capabilities: Capabilities | None = None
    skew: float | None = None
    seconds: float = 0.0
    rights: TokenRights | None = None
    org_id: str = ""
    org_trouble: str = ""


def look(client: Influx) -> ServerLook:
    """Look at a server; nothing is changed there, and nothing is raised."""
    try:
        health, capabilities = client.health(), client.capabilities
        skew, seconds = clock(client)
    except InfluxError as error:
        return ServerLook(trouble=error)
    if health.status != "pass" or not (2, 1) <= capabilities.version < (3, 0):
        return ServerLook(None, health, capabilities, skew, seconds)
    try:
        rights = client.token_rights()
        org_id, org_trouble = _organization(client) if rights.active else ("", "")
    except InfluxError as error:
        return ServerLook(error, health, capabilities, skew, seconds)
    return ServerLook(None, health, capabilities, skew, seconds, rights, org_id, org_trouble)


def _organization(client: Influx) -> tuple[str, str]:
    try:
        return client.org_id, ""
    except InfluxError as error:
        if error.retryable:
            raise
        return "", str(error)


def clock(client: Influx) -> tuple[float | None, float]:
    """How far the server's clock is ahead by its header `Date`, and how long the answer took.

    The header names whole seconds: the middle of one is taken.
    """
    before, started = time.time(), time.perf_counter()
    answer = client.transport.send("GET", "/ping")
    seconds = time.perf_counter() - started
    try:
        there = parsedate_to_datetime(answer.headers["date"]).timestamp() + 0.5
    except (KeyError, ValueError):
        return None, seconds
    return there - (before + seconds / 2), seconds
