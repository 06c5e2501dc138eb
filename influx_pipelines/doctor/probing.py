"""Trying what our token may do, by requests that leave everything as it is.

Nobody can make a token with more rights than he has: the server goes through the permissions that
are asked for, and refuses the request with the name of the first one that the caller lacks. The
last one asked for here is one that no token has, so that the request is always refused.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from influx_pipelines.influx import answers
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import (
    Forbidden,
    IncompleteList,
    Invalid,
    NotFound,
    Unauthorized,
)

PATH = "/api/v2/authorizations"
OF_NOBODY = {"action": "read", "resource": {"type": "instance"}}
Right = tuple[str, str]  # type of resource, action


def tried(client: Influx, rights: Collection[Right]) -> dict[Right, bool]:
    """Which of these rights the token has in its organisation.

    Of one that may make no tokens only this is known.

    Raises:
        InfluxError: the server went away.
    """
    left, found = list(rights), dict.fromkeys(rights, True)
    while True:
        try:
            refusal = _refusal(client, [_permission(client.org_id, right) for right in left])
        except Unauthorized:
            return {("authorizations", "write"): False}
        lacking = [r for r in left if f"permission {_name(client.org_id, r)} is not" in refusal]
        if not lacking:
            return found if "permission read:instance is not" in refusal else {}
        left.remove(lacking[0])
        found[lacking[0]] = False


def _refusal(client: Influx, permissions: list[dict[str, Any]]) -> str:
    """Why the server refuses a token with these permissions, and one more that nobody has.

    Raises:
        Unauthorized: our token, or its user, may make none at all.
    """
    body = {
        "orgID": client.org_id,
        "status": "inactive",
        "description": "a probe of the doctor, to be refused",
        "permissions": [*permissions, OF_NOBODY],
    }
    try:
        made = client.request("POST", PATH, json=body, retry=False)
    except (Forbidden, Invalid) as error:
        return str(error)
    client.delete_token(made["id"])  # no server is known that makes it
    return ""


def _permission(org_id: str, right: Right) -> dict[str, Any]:
    kind, action = right
    return {
        "action": action,
        "resource": {"type": kind, "id" if kind == "orgs" else "orgID": org_id},
    }


def _name(org_id: str, right: Right) -> str:
    """The permission as the server names it."""
    kind, action = right
    return f"{action}:orgs/{org_id}" + ("" if kind == "orgs" else f"/{kind}")


def seen(client: Influx) -> dict[Right, bool]:
    """The rights that can be told by what the token sees.

    Lists leave out what may not be read; only of these it is known what must be in them.

    Raises:
        InfluxError: the server went away.
    """
    return {
        ("orgs", "read"): bool(client.org_id),
        ("buckets", "read"): _sees_buckets(client),
        ("authorizations", "read"): bool(client.tokens()),  # at least the one that asks
        ("secrets", "read"): _sees_secrets(client),
    }


def _sees_buckets(client: Influx) -> bool:
    try:
        return bool(client.buckets())
    except IncompleteList:
        return False


def _sees_secrets(client: Influx) -> bool:
    try:
        client.secrets()
    except (NotFound, Unauthorized, Forbidden):
        return False
    return True


def writes(client: Influx, bucket: str) -> bool | None:
    """Whether points may be written; a write of no lines is judged before its lines are.

    None where there is no such bucket.

    Raises:
        InfluxError: the server answered neither yes nor no.
    """
    params = {"org": client.org, "bucket": bucket}
    answer = client.transport.send("POST", "/api/v2/write", params=params, body=b"")
    if answer.status >= 500:
        raise answers.error_of(
            "POST", f"{client.url}/api/v2/write", answer.status, answer.headers, answer.body
        )
    if answer.status in (401, 403):
        return False
    return None if answer.status == 404 else True
