"""Finding out about a server and about our own token."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from influx_pipelines.influx import answers
from influx_pipelines.influx.errors import Forbidden, InfluxError, Unauthorized
from influx_pipelines.influx.models import Authorization, Capabilities, Health, TokenRights
from influx_pipelines.influx.retry import retrying

if TYPE_CHECKING:
    from influx_pipelines.influx.client import Influx


def health(influx: Influx) -> Health:
    """`GET /health`; a 503 of a server that starts is an answer as well.

    Raises:
        NotInfluxDB: something else answers there.
    """

    def once() -> Health:
        answer = influx.transport.send("GET", "/health")
        try:
            value = json.loads(answer.body)
            found = Health.model_validate(value)
        except ValueError:
            raise answers.not_influxdb(influx.url, answer.headers) from None
        if not found.status:
            raise answers.not_influxdb(influx.url, answer.headers)
        return found

    return retrying(once, influx.retry_seconds)


def capabilities(influx: Influx) -> Capabilities:
    """Version and build, from the headers that every answer carries, else from `/health`."""
    answer = retrying(lambda: influx.transport.send("GET", "/ping"), influx.retry_seconds)
    text = answer.headers.get("x-influxdb-version", "") or health(influx).version
    build = answer.headers.get("x-influxdb-build", "")
    match = re.search(r"(\d+)\.(\d+)", text)
    if match is None:
        raise answers.not_influxdb(influx.url, answer.headers)
    return Capabilities(
        version=(int(match[1]), int(match[2])),
        version_text=text,
        build=build,
        embedded="embedded" in f"{build} {text}".lower(),
    )


def token_rights(influx: Influx) -> TokenRights:
    """The rights of our token.

    The token's own record cannot be asked for (the server does not say which one it is), so the
    list of tokens is read where that is allowed, and what may be done is tried where it is not.
    """
    try:
        buckets = influx.request("GET", "/api/v2/buckets", params={"limit": 1})["buckets"]
    except (Unauthorized, Forbidden) as error:
        return TokenRights(kind="unknown", active=False, note=str(error))
    if not buckets and _is_inactive(influx):
        return TokenRights(kind="unknown", active=False, note="the token is inactive")
    try:
        listed = influx.request("GET", "/api/v2/authorizations")["authorizations"]
    except InfluxError:
        listed = []
    if not listed:
        return TokenRights(kind="narrow", active=True, note="it may not list tokens")
    # Servers that hash tokens (2.9 on) list them without their text: then ours is not known.
    ours = [raw for raw in listed if raw.get("token") == influx.transport.token]
    return TokenRights(
        kind="operator" if _sees_the_instance(influx) else "all-access",
        active=True,
        permissions=Authorization.model_validate(ours[0]).permissions if ours else (),
    )


def _sees_the_instance(influx: Influx) -> bool:
    """Whether the token may read what belongs to no organisation: all users."""
    try:
        return bool(influx.request("GET", "/api/v2/users", params={"limit": 1})["users"])
    except InfluxError:
        return False


def _is_inactive(influx: Influx) -> bool:
    """An inactive token gets empty lists, and says so only when one thing is asked for."""
    try:
        influx.request("GET", "/api/v2/me")
    except InfluxError as error:
        return "inactive" in str(error)
    return False
