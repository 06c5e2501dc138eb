"""The buckets of an organisation as a script may see them."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.database import Database, Document
from influx_pipelines.embedded.engine.context import Series
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.http.answers import Fault
from influx_pipelines.embedded.http.call import parse_id
from influx_pipelines.embedded.permissions import Caller
from influx_pipelines.embedded.points import Points, retention


class BucketReader:
    """The buckets of an organisation that somebody may read, for the engine."""

    def __init__(self, database: Database, points: Points, caller: Caller, org: Document) -> None:
        self.database, self._points = database, points
        self.caller = caller
        self.org = org
        self.found: dict[str, Document] = {}

    def _readable(self, bucket: Document) -> bool:
        return self.caller.may("read", "buckets", org=self.org["id"], resource=bucket["id"])

    def bucket(self, name: str | None, bucket_id: str | None) -> str | None:
        """The ID of a readable bucket of the organisation."""
        if bucket_id is not None:
            try:
                one = self.database.get("bucket", parse_id(bucket_id))
            except Fault as fault:
                raise FluxError(
                    f"failed to initialize execute state: invalid bucket id: {fault.message}",
                    placed=True,
                ) from None
            named = [one] if one and one["orgID"] == self.org["id"] else []
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
        return self._points.series(bucket_id)

    def points(self, series: Series, start: int, stop: int) -> list[tuple[int, Any]]:
        """The points of a series within the retention."""
        return self._points.read(self.found[series.bucket], series, start, stop)
