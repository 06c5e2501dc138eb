"""The difference for buckets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from influx_pipelines.estate.changes import Change, Finding
from influx_pipelines.estate.model import BucketSpec, Estate
from influx_pipelines.estate.observe import Observed
from influx_pipelines.estate.ownership import MARKER, is_ours, marked
from influx_pipelines.flux.durations import policy_name
from influx_pipelines.influx.models import Bucket

Step = Change | Finding


def bucket_steps(declared: Estate, observed: Observed, *, prune: bool) -> Iterator[Step]:
    """What to do about each bucket that is declared, and about each of ours that is not."""
    there = {bucket.name: bucket for bucket in observed.buckets}
    for spec in declared.buckets.values():
        step = _declared(spec, there.get(spec.name))
        if step is not None:
            yield step
    for bucket in observed.buckets:
        if bucket.name not in declared.buckets and is_ours(bucket):
            yield _undeclared(bucket, prune)


def _declared(spec: BucketSpec, found: Bucket | None) -> Step | None:
    if found is None:
        return Change("bucket", spec.name, "create", after=_wanted(spec))
    ours = is_ours(found)
    before, after = _difference(spec, found, ours or spec.adopt)
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
    spec: BucketSpec, found: Bucket, described: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, before and after; the description counts only for what is ours."""
    wanted = _wanted(spec)
    if not described:
        wanted.pop("description")
    present = {
        "retention_seconds": found.retention_seconds,
        "description": found.description,
        "shard_group_seconds": found.shard_group_seconds,
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
