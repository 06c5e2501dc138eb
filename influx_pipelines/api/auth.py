"""Who asks: a bearer token, compared in constant time before anything of a request is read."""

from __future__ import annotations

import hashlib
import hmac

from fastapi import Security
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from influx_pipelines.api.problems import problem
from influx_pipelines.apitokens import Role, api_token
from influx_pipelines.settings import Settings, SettingsError, variable_of

ALERT = "/influxdb/alert"
# What anybody on this machine may see: no data.
OPEN = frozenset({"/health", "/ready", "/docs", "/openapi.json"})
OPEN_FOLDER = "/static-offline-docs/"

# Only for the document; `Guard` does the work, for what is no route too.
BEARER = Security(HTTPBearer(auto_error=False, description="The operator's or the webhook's token"))


class Tokens:
    """The digests of both tokens.

    Raises:
        SettingsError: they are the same one.
    """

    def __init__(self, settings: Settings) -> None:
        roles: tuple[Role, ...] = ("operator", "webhook")
        self.digests = {
            role: _digest(api_token(settings, role).get_secret_value()) for role in roles
        }
        if len(set(self.digests.values())) < len(roles):
            names = f"{variable_of('api_token')} and {variable_of('webhook_token')}"
            raise SettingsError(f"{names}: must be two tokens; InfluxDB shows the webhook's")

    def role_of(self, authorization: str) -> Role | None:
        """Whose token it is; it takes as long for every wrong one."""
        scheme, _, token = authorization.partition(" ")
        digest = _digest(token.strip() if scheme.lower() == "bearer" else "")
        matching = [r for r, own in self.digests.items() if hmac.compare_digest(own, digest)]
        return matching[0] if matching else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


class Guard:
    """Lets through what is open, the operator, and the webhook's token to the one place it has."""

    def __init__(self, app: ASGIApp, tokens: Tokens) -> None:
        self.app = app
        self.tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 or 403, or go on."""
        if scope["type"] != "http" or _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        role = self.tokens.role_of(Headers(scope=scope).get("authorization", ""))
        scope.setdefault("state", {})["role"] = role
        if role is None:
            text = "a valid token is needed: Authorization: Bearer …"
            answer = problem(401, text, {"WWW-Authenticate": "Bearer"})
        elif role == "webhook" and (scope["method"], scope["path"]) != ("POST", ALERT):
            answer = problem(403, f"this token may only POST {ALERT}")
        else:
            await self.app(scope, receive, send)
            return
        await answer(scope, receive, send)


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_FOLDER)
