"""The calls about buckets."""

from __future__ import annotations

from typing import Any

from influx_pipelines.influx import paging
from influx_pipelines.influx.errors import IncompleteList, Invalid, NotFound
from influx_pipelines.influx.models import SYSTEM_BUCKETS, Bucket
from influx_pipelines.influx.session import Session

SHORTEST_RETENTION = 3600


class BucketCalls(Session):
    """Buckets of the client's organisation."""

    def buckets(self) -> list[Bucket]:
        """All buckets of the organisation, system buckets too, in byte order of their names.

        Raises:
            IncompleteList: without `_tasks` and `_monitoring` the list is not whole; an inactive
                or narrow token gets a 200 with a short or empty list.
        """

        def get(page: Any) -> list[dict[str, Any]]:
            params = {"orgID": self.org_id, **page}
            found: list[dict[str, Any]] = self.request("GET", PATH, params=params)["buckets"]
            return found

        buckets = [Bucket.model_validate(item) for item in paging.pages(get)]
        missing = SYSTEM_BUCKETS - {bucket.name for bucket in buckets}
        if missing:
            raise IncompleteList(
                f"The list of buckets at {self.url} lacks {' and '.join(sorted(missing))}, which "
                "every organization has: the token is inactive or may not read all buckets. "
                "Nothing was concluded from it."
            )
        return buckets

    def bucket(self, id: str) -> Bucket:
        """One bucket.

        Raises:
            NotFound: there is none of that ID.
        """
        return Bucket.model_validate(self.request("GET", f"{PATH}/{id}"))

    def find_bucket(self, name: str) -> Bucket | None:
        """The bucket of that name, if there is one that the token may see."""
        params = {"orgID": self.org_id, "name": name}
        try:
            found = self.request("GET", PATH, params=params)["buckets"]
        except NotFound:
            return None
        return next((Bucket.model_validate(b) for b in found if b["name"] == name), None)

    def create_bucket(
        self,
        name: str,
        *,
        retention_seconds: int,
        description: str = "",
        shard_group_seconds: int | None = None,
    ) -> Bucket:
        """Make a bucket.

        Raises:
            Invalid: the retention is below one hour (the server would answer 500).
            Conflict: the name is taken.
        """
        body = {
            "orgID": self.org_id,
            "name": name,
            "description": description,
            "retentionRules": [_rule(retention_seconds, shard_group_seconds)],
        }
        return paging.create_once(
            lambda: Bucket.model_validate(self.request("POST", PATH, json=body, retry=False)),
            lambda: self.find_bucket(name),
            self.retry_seconds,
        )

    def update_bucket(
        self,
        id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        retention_seconds: int | None = None,
        shard_group_seconds: int | None = None,
    ) -> Bucket:
        """Change what is given.

        The name goes first and alone: a server refuses a taken name *after* it has shortened the
        retention of the same request.
        """
        if retention_seconds is None and shard_group_seconds is not None:
            raise Invalid("A shard group is changed together with the retention.")
        first = {"name": name} if name is not None else {}
        second: dict[str, Any] = {"description": description} if description is not None else {}
        if retention_seconds is not None:
            second["retentionRules"] = [_rule(retention_seconds, shard_group_seconds)]
        for body in (first, second):
            if body:
                self.request("PATCH", f"{PATH}/{id}", json=body)
        return self.bucket(id)

    def delete_bucket(self, bucket: Bucket) -> None:
        """Delete a bucket with all its points and its physical mappings.

        Raises:
            Invalid: it is a system bucket. A server answers 400 to that, but has dropped its data.
        """
        if bucket.type == "system" or bucket.name in SYSTEM_BUCKETS:
            raise Invalid(f"{bucket.name} is a system bucket: it is never deleted.")
        self.request("DELETE", f"{PATH}/{bucket.id}")


PATH = "/api/v2/buckets"


def _rule(retention_seconds: int, shard_group_seconds: int | None) -> dict[str, Any]:
    if retention_seconds and retention_seconds < SHORTEST_RETENTION:
        raise Invalid(
            f"A retention of {retention_seconds} s is too short: write at least 1h, or 0 to keep "
            "points for ever."
        )
    rule: dict[str, Any] = {"type": "expire", "everySeconds": retention_seconds}
    if shard_group_seconds is not None:
        rule["shardGroupDurationSeconds"] = shard_group_seconds
    return rule
