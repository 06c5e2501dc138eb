"""What a script can reach through the server: buckets, secrets, points to write."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.engine.context import Series, Store, Written
from influx_pipelines.embedded.engine.errors import FluxError, execute_error, not_supported
from influx_pipelines.embedded.http.answers import Fault
from influx_pipelines.embedded.http.call import Service, parse_id
from influx_pipelines.embedded.line import Key, Point
from influx_pipelines.embedded.permissions import Caller, path_of
from influx_pipelines.embedded.shards import retention


class OrgReader:
    """What somebody may reach of an organisation, for the engine."""

    def __init__(self, service: Service, caller: Caller, org: Document) -> None:
        self.database, self.store = service.database, service.points
        self.outbound = service.outbound
        self.caller, self.org = caller, org
        self.found: dict[str, Document] = {}

    def _readable(self, bucket: Document) -> bool:
        return self.caller.may("read", "buckets", org=bucket["orgID"], resource=bucket["id"])

    def bucket(self, name: str | None, bucket_id: str | None) -> str | None:
        """The ID of a readable bucket; by name it is one of the organisation."""
        if bucket_id is not None:
            one = self.database.get("bucket", _id(bucket_id, "bucket"))
            named = [one] if one else []
        else:
            named = self.database.find("bucket", org=self.org["id"], name=name)
        for bucket in named:
            if self._readable(bucket):
                self.found[bucket["id"]] = bucket
                return str(bucket["id"])
        return None

    def buckets(self) -> list[dict[str, Any]]:
        """The rows of `buckets()`."""
        return [
            {
                "organizationID": bucket["orgID"],
                "name": bucket["name"],
                "id": bucket["id"],
                "retentionPolicy": "",
                "retentionPeriod": retention(bucket) * 1_000_000_000,
            }
            for bucket in self.database.page("bucket", self.org["id"], descending=False)
            if self._readable(bucket)
        ]

    def series(self, bucket_id: str) -> list[Series]:
        """All series of a bucket."""
        return self.store.series(bucket_id)

    def points(self, series: Series, start: int, stop: int) -> list[tuple[int, Any]]:
        """The points of a series within the retention.

        Raises:
            FluxError: a tag has the name of another column, on which the real server panics.
        """
        if not series.tags.keys().isdisjoint(("_time", "_value")):
            raise FluxError("panic: a tag is called _time or _value", "internal error")
        for name in ("_start", "_stop"):
            if name in series.tags:
                raise not_supported(f"reading a tag {name}")
        return self.store.read(self.found[series.bucket], series, start, stop)

    def secret(self, key: str) -> str | None:
        """A secret of the organisation, for who may read secrets."""
        if not self.caller.may("read", "secrets", org=self.org["id"]):
            text = f"read:{path_of('secrets', self.org['id'], None)} is unauthorized"
            text = text if self.caller.active else "token is inactive"
            raise FluxError(text, "unauthorized")
        found = self.database.get("secret", f"{self.org['id']}/{key}")
        return None if found is None else str(found["value"])

    def post(self, url: str, headers: dict[str, str], body: bytes, deadline: float) -> int:
        """Send a body to another server."""
        return self.outbound.post(url, headers, body, deadline)

    def writer(
        self, bucket: str | None, bucket_id: str | None, org: str | None, org_id: str | None
    ) -> Store:
        """What stores points in a bucket of the organisation that may be written."""
        if (bucket is None) == (bucket_id is None) or None not in (org, org_id):
            raise FluxError(
                "one of bucket and bucketID is needed, and at most one of org and orgID"
            )
        self._check_org(org, org_id)
        target = _id(bucket_id, "bucket") if bucket_id else self.bucket(bucket, None)
        if target is None:
            raise execute_error(f'could not find bucket "{bucket}"', "not found")
        if not self.caller.may("write", "buckets", org=self.org["id"], resource=target):
            raise execute_error("user not authorized to write", "forbidden")
        return lambda points: self._store(target, points)

    def _check_org(self, name: str | None, org_id: str | None) -> None:
        found = self.database.find("org", name=name) if name else []
        if name and not (found and self.caller.may("read", "orgs", resource=found[0]["id"])):
            raise execute_error(f'could not find org "{name}"', "not found")
        wanted = found[0]["id"] if found else org_id and _id(org_id, "org")
        if wanted and wanted != self.org["id"]:
            raise execute_error("host must be specified when writing points to another org")

    def _store(self, bucket_id: str, written: list[Written]) -> None:
        points = [Point(Key(p.measurement, p.tags), p.fields, p.time) for p in written]
        with self.database.writing():
            bucket = self.database.get("bucket", bucket_id)
            if bucket is None or bucket["orgID"] != self.org["id"]:
                raise FluxError("bucket not found", "internal error")
            message = self.store.write(bucket, points)
        if message:
            raise FluxError(f"partial write: {message}", "internal error", placed=True)


def _id(text: str, kind: str) -> str:
    try:
        return parse_id(text)
    except Fault as fault:
        raise execute_error(f"invalid {kind} id: {fault.message}") from None
