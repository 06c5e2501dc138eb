"""A right of a token in words that name buckets, and as the server takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from influx_pipelines.influx.models import Authorization, Permission

BUCKET = "bucket "


class Right(NamedTuple):
    """`write bucket monitoring`, or `read tasks` for all of the organisation."""

    action: str
    resource: str
    bucket: str = ""

    def __str__(self) -> str:
        return f"{self.action} {BUCKET + self.bucket if self.bucket else self.resource}"

    @classmethod
    def parse(cls, text: str) -> Right:
        """The right that was written so."""
        action, _, what = text.partition(" ")
        if what.startswith(BUCKET):
            return cls(action, "buckets", what.removeprefix(BUCKET))
        return cls(action, what)

    def permission(self, org_id: str, bucket_ids: Mapping[str, str]) -> dict[str, Any]:
        """As the server takes it: a bucket by its ID, anything else for the organisation.

        Raises:
            KeyError: there is no such bucket.
        """
        resource = {"type": self.resource, "orgID": org_id}
        if self.bucket:
            resource["id"] = bucket_ids[self.bucket]
        elif self.resource == "orgs":
            resource = {"type": "orgs", "id": org_id}
        return {"action": self.action, "resource": resource}


def rights_of(token: Authorization, bucket_names: Mapping[str, str]) -> list[str]:
    """What a token may do, in the words of `Right`, sorted.

    A bucket that is gone is told by its ID; a right that is not of this form matches none.
    """
    return sorted({_words(one, token.org_id, bucket_names) for one in token.permissions})


def _words(permission: Permission, org_id: str, bucket_names: Mapping[str, str]) -> str:
    resource = permission.resource
    if resource.type == "buckets" and resource.id:
        name = bucket_names.get(resource.id)
        return str(Right(permission.action, "buckets", name or f"{resource.id} (gone)"))
    words = str(Right(permission.action, resource.type))
    if resource.id and not (resource.type == "orgs" and resource.id == org_id):
        return f"{words} {resource.id}"
    return words if resource.id or resource.org_id else f"{words} everywhere"
