"""Buckets: retention, description, and the shard group where it is declared."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from influx_pipelines.estate.changes import Change, Finding
from influx_pipelines.estate.kinds.kind import Doing, Kind, Look, Step
from influx_pipelines.estate.labels import brought_to, names_on
from influx_pipelines.estate.model import BucketSpec
from influx_pipelines.estate.ownership import MARKER, is_ours, marked
from influx_pipelines.flux.durations import policy_name
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Bucket


class BucketKind(Kind):
    """Unique by name; system buckets are never ours."""

    name = "bucket"
    looks_at = ("label",)

    def observe(self, client: Influx) -> tuple[Bucket, ...]:
        """All of them; the system buckets tell that the list is whole."""
        return tuple(client.buckets())

    def steps(self, look: Look) -> Iterator[Step]:
        """What to do about each that is declared, and about each of ours that is not."""
        declared, there = look.declared.buckets, look.observed.buckets
        by_name = {bucket.name: bucket for bucket in there}
        for spec in declared.values():
            step = _declared(spec, by_name.get(spec.name), look.declared.of("labels"))
            if isinstance(step, Change):
                step = replace(step, place=look.declared.place("buckets", spec.name))
            if step is not None:
                yield step
        for bucket in there:
            if bucket.name not in declared and is_ours(bucket):
                yield _undeclared(bucket, look.prune)

    def do(self, change: Change, doing: Doing) -> None:
        """With the marker in the creating request; deleting takes all points along."""
        if change.action == "create":
            id = doing.bucket_ids[change.name] = _create(change, doing).id
        elif change.action == "delete":
            doing.client.delete_bucket(doing.client.bucket(change.id))
            return
        else:
            id = change.id
            if change.after.keys() - {"labels"}:
                _update(change, doing.client)
        if change.action in ("create", "adopt"):
            doing.labels.mark("buckets", id)
        doing.labels.change("buckets", id, change)


def _create(change: Change, doing: Doing) -> Bucket:
    return doing.client.create_bucket(
        change.name,
        retention_seconds=change.after["retention_seconds"],
        description=change.after["description"],
        shard_group_seconds=change.after.get("shard_group_seconds"),
    )


def _update(change: Change, client: Influx) -> None:
    """Only what differs; a PATCH takes both numbers of a retention or keeps the other one."""
    after = change.after
    retention, shard = after.get("retention_seconds"), after.get("shard_group_seconds")
    if retention is None and shard is not None:
        retention = client.bucket(change.id).retention_seconds
    elif retention and shard is None:
        shard = _fitting_shard(client.bucket(change.id), retention)
    client.update_bucket(
        change.id,
        description=after.get("description"),
        retention_seconds=retention,
        shard_group_seconds=shard,
    )


def _fitting_shard(bucket: Bucket, retention: int) -> int | None:
    """A PATCH keeps the shard group, and is refused when that outlives the retention."""
    return 3_600 if bucket.shard_group_seconds > retention else None


def _declared(spec: BucketSpec, found: Bucket | None, labels: Collection[str]) -> Step | None:
    if found is None:
        named = {"labels": brought_to(spec.labels, (), labels)} if spec.labels else {}
        return Change("bucket", spec.name, "create", after={**_wanted(spec), **named})
    ours = is_ours(found)
    before, after = _difference(spec, found, labels, described=ours or spec.adopt)
    if ours or spec.adopt:
        if not after:
            return None
        action = "update" if ours else "adopt"
        loss = _loss(found, after.get("retention_seconds"))
        return Change("bucket", spec.name, action, before, after, loss, found.id)  # type: ignore[arg-type]
    if not after:
        text = "is as declared, but somebody else made it: nothing is changed"
        return Finding("bucket", spec.name, "in use", text)
    differs = ", ".join(
        f"{n} is {_shown(n, before[n])}, declared {_shown(n, after[n])}" for n in after
    )
    text = f"somebody else made it, and its {differs}. Declare `adopt: true` to take it over"
    return Finding("bucket", spec.name, "conflict", text)


def _wanted(spec: BucketSpec) -> dict[str, Any]:
    wanted: dict[str, Any] = {
        "retention_seconds": spec.retention_seconds,
        "description": marked(spec.description),
    }
    if spec.shard_group_seconds is not None:
        wanted["shard_group_seconds"] = spec.shard_group_seconds
    return wanted


def _difference(
    spec: BucketSpec, found: Bucket, labels: Collection[str], *, described: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, before and after; description and labels count only for what is ours."""
    wanted, there = _wanted(spec), names_on(found.labels)
    wanted["labels"] = brought_to(spec.labels, there, labels)
    if not described:
        del wanted["description"], wanted["labels"]
    present = {
        "retention_seconds": found.retention_seconds,
        "description": found.description,
        "shard_group_seconds": found.shard_group_seconds,
        "labels": there,
    }
    after = {name: value for name, value in wanted.items() if present[name] != value}
    return {name: present[name] for name in after}, after


def _shown(name: str, value: Any) -> str:
    return policy_name(value) if name.endswith("_seconds") else repr(value)


def _loss(found: Bucket, retention: int | None) -> str:
    """What a new retention would delete."""
    if not retention or (found.retention_seconds and retention >= found.retention_seconds):
        return ""
    return f"points of {found.name} older than {policy_name(retention)}"


def _undeclared(bucket: Bucket, prune: bool) -> Step:
    if not prune:
        text = f"we made it ({MARKER}), but no file declares it any more; `--prune` deletes it"
        return Finding("bucket", bucket.name, "undeclared", text)
    loss = f"all points of {bucket.name}"
    return Change("bucket", bucket.name, "delete", loses_data=loss, id=bucket.id)
