"""Who may do what: permissions as InfluxDB matches them."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any

RESOURCES = """
    authorizations buckets dashboards orgs sources tasks telegrafs users variables scrapers secrets
    labels views documents notificationRules notificationEndpoints checks dbrp notebooks annotations
    remotes replications
""".split()


@dataclass(slots=True)
class Caller:
    """The token or the session behind a request."""

    user_id: str
    org_id: str | None
    permissions: list[dict[str, Any]] = field(default_factory=list)
    active: bool = True

    def may(
        self, action: str, kind: str, *, org: str | None = None, resource: str | None = None
    ) -> bool:
        """Whether a permission covers this; no organisation and no ID in it means everywhere."""
        return self.active and any(
            permission["action"] == action and _covers(permission["resource"], kind, org, resource)
            for permission in self.permissions
        )


def _covers(found: dict[str, Any], kind: str, org: str | None, resource: str | None) -> bool:
    """A permission with an ID is for that one, whatever organisation it names too."""
    if found["type"] != kind:
        return False
    if found.get("id"):
        return bool(found["id"] == resource)
    return not found.get("orgID") or bool(found["orgID"] == org)


def operator_permissions() -> list[dict[str, Any]]:
    """Read and write on every type, everywhere."""
    return [permission for kind in RESOURCES for permission in _both({"type": kind})]


def rights(user_id: str, orgs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a user may do: owners of an organisation everything in it, members read it."""
    found = _both({"type": "users", "id": user_id})
    for org in orgs:
        role = org.get("roles", {}).get(user_id)
        actions = {"owner": ("read", "write"), "member": ("read",)}.get(role, ())
        for kind in RESOURCES:
            scope = {"id": org["id"]} if kind == "orgs" else {"orgID": org["id"]}
            found += [{"action": a, "resource": {"type": kind, **scope}} for a in actions]
    return found


def _both(resource: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"action": action, "resource": resource} for action in ("read", "write")]


def path_of(kind: str, org: str | None, resource: str | None) -> str:
    """`orgs/<id>/buckets/<id>`, as the server names what may not be done."""
    head = f"orgs/{org}/{kind}" if org else kind
    return f"{head}/{resource}" if resource else head


def new_id() -> str:
    """16 hex digits, never zero."""
    return f"{secrets.randbits(63) | 1:016x}"


def new_token() -> str:
    """A token's text."""
    return secrets.token_urlsafe(64) + "=="


def hashed(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
