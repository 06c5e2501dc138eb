"""What a restore of a bucket leaves behind: its labels, mappings, tokens, tasks and checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from influx_pipelines.backups.record import BucketRecord
from influx_pipelines.backups.restore.inside import (
    CHECKS,
    LABELLED,
    LABELS,
    MAPPINGS,
    TASKS,
    TOKENS,
    Inside,
    inside,
)
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.estate.observe import observe
from influx_pipelines.flux.literals import quote
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Bucket

Kind = Literal["label", "dbrp_mapping", "token", "task", "monitoring_check"]
LOOKED_AT: tuple[Kind, ...] = ("label", "dbrp_mapping", "token", "task", "monitoring_check")


@dataclass(frozen=True)
class Forgotten:
    """Something of a bucket that the backup has and a restore of the bucket does not bring.

    Attributes:
        bucket: its name in the backup.
        name: of a token, its description.
    """

    bucket: str
    kind: Kind
    name: str

    def __str__(self) -> str:
        kind = self.kind.replace("dbrp_mapping", "DBRP mapping").replace("_", " ")
        return f"{self.bucket}: {kind} {self.name!r}"


def forgotten_by(backup: BackupSet, buckets: Iterable[BucketRecord]) -> Iterator[Forgotten]:
    """What the buckets had on their server; of a logical backup its estate tells it, as files."""
    if backup.kind == "logical":
        return
    found = inside(backup.path)
    for bucket in buckets:
        yield from _of_bucket(found, bucket.id, bucket.name)


def _of_bucket(found: Inside, id: str, name: str) -> Iterator[Forgotten]:
    labels = {label["id"]: label["name"] for label in found[LABELS]}
    for one in found[LABELLED]:
        if one["resourceID"] == id and one["labelID"] in labels:
            yield Forgotten(name, "label", labels[one["labelID"]])
    for one in found[MAPPINGS]:
        if one["bucketID"] == id:
            yield Forgotten(name, "dbrp_mapping", f"{one['database']}/{one['retention_policy']}")
    for one in found[TOKENS]:
        if any(right["resource"].get("id") == id for right in one["permissions"]):
            yield Forgotten(name, "token", one.get("description", ""))
    checks = {one.get("taskID") for one in found[CHECKS]}
    for one in found[TASKS]:
        if _names(one.get("flux", ""), name) and one["id"] not in checks:
            yield Forgotten(name, "task", one["name"])
    for one in found[CHECKS]:
        if _names(one.get("query", {}).get("text", ""), name):
            yield Forgotten(name, "monitoring_check", one["name"])


def _names(script: str, bucket: str) -> bool:
    return quote(bucket) in script


def still_missing(
    client: Influx, forgotten: Iterable[Forgotten], bucket: Bucket
) -> list[Forgotten]:
    """Which of these the bucket does not have on the server now.

    Raises:
        InfluxError: the server did not answer.
    """
    seen = observe(client, LOOKED_AT)
    others: dict[str, tuple[Any, ...]] = dict(seen.others)
    tokens = [
        token.description
        for token in others.get("token", ())
        if any(right.resource.id == bucket.id for right in token.permissions)
    ]
    there: dict[Kind, set[str]] = {
        "label": {label.name for label in bucket.labels},
        "dbrp_mapping": {
            f"{one.database}/{one.retention_policy}"
            for one in seen.mappings
            if one.bucket_id == bucket.id
        },
        "token": set(tokens),
        "task": {one.name for one in others.get("task", ())},
        "monitoring_check": {one.name for one in others.get("monitoring_check", ())},
    }
    return [one for one in forgotten if one.name not in there[one.kind]]
