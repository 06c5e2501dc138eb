"""Monitoring checks, of which the server makes tasks of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from influx_pipelines.estate import queries
from influx_pipelines.estate.durations import period, same
from influx_pipelines.estate.kinds.applications import filled
from influx_pipelines.estate.kinds.check_entry import CheckEntry
from influx_pipelines.estate.kinds.declared import Reference, Surroundings
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.flux.literals import quote
from influx_pipelines.influx.collection import Collection
from influx_pipelines.influx.models import MonitoringCheck


class CheckKind(ObjectKind[CheckEntry, MonitoringCheck]):
    """Unique by name. The query comes back as it was sent; its task and script are the server's."""

    name, key = "monitoring_check", "monitoring_checks"
    about = "Monitoring checks: InfluxDB's own, which write statuses to _monitoring."
    entry = CheckEntry
    collection = Collection("checks", MonitoringCheck, paged=True)
    changes_by = "PUT"

    def expand(self, entry: CheckEntry, around: Surroundings) -> Iterable[CheckEntry]:
        """One check, or one an application."""
        if entry.each is None:
            return (entry,)
        return tuple(_of(entry, bucket) for bucket in around.applications)

    def references(self, entry: CheckEntry) -> Iterable[Reference]:
        """The buckets that its query reads."""
        for bucket in queries.buckets_of(queries.parsed(entry.query)):
            yield Reference("bucket", bucket, ("query",))

    def wanted(self, entry: CheckEntry) -> Mapping[str, Any]:
        """All that the server heeds; durations in their shortest form."""
        common = {
            "status": "active" if entry.active else "inactive",
            "query": entry.query,
            "every": entry.every,
            "offset": entry.offset or "",
            "statusMessageTemplate": entry.message,
            "tags": dict(sorted(entry.tags.items())),
        }
        if entry.time_since is None:
            thresholds = [threshold.told() for threshold in entry.thresholds or ()]
            return {"type": "threshold", **common, "thresholds": thresholds}
        silence = {"timeSince": entry.time_since, "staleTime": entry.stale}
        return {"type": "deadman", **common, **silence, "level": entry.level.upper()}

    def written(self, found: MonitoringCheck, names: Mapping[str, str]) -> Mapping[str, Any]:
        """One of thresholds, or one of silence.

        Raises:
            ValueError: it is of another type.
        """
        common = {
            "query": found.query.get("text", ""),
            "every": found.every,
            **period("offset", found.offset),
            "message": found.message,
            "tags": {tag["key"]: tag["value"] for tag in found.tags or ()},
            "active": found.status == "active",
        }
        if found.type == "threshold":
            return {**common, "thresholds": [_declared(one) for one in found.thresholds or ()]}
        if found.type != "deadman":
            raise ValueError(f"it is of the type {found.type}")
        silence = {"time_since": found.time_since, **period("stale_time", found.stale_time)}
        return {**common, **silence, "level": found.level.lower()}

    def present(self, found: MonitoringCheck) -> Mapping[str, Any]:
        """As the server tells it, without what it makes of it."""
        return {
            "type": found.type,
            "status": found.status,
            "query": found.query.get("text", ""),
            "every": same(found.every),
            "offset": same(found.offset),
            "statusMessageTemplate": found.message,
            "tags": dict(sorted((tag["key"], tag["value"]) for tag in found.tags or ())),
            "thresholds": [_threshold(one) for one in found.thresholds or ()],
            "timeSince": same(found.time_since),
            "staleTime": same(found.stale_time),
            "level": found.level,
        }

    def body(self, after: Mapping[str, Any]) -> dict[str, Any]:
        """What is empty is left out: an empty duration is refused."""
        body = {key: value for key, value in after.items() if value != ""}
        tags = [{"key": key, "value": value} for key, value in after["tags"].items()]
        return {**body, "query": {"text": after["query"]}, "tags": tags}


def _of(entry: CheckEntry, bucket: str) -> CheckEntry:
    """The check of one application; its bucket becomes a text of the query as a whole."""
    name, description = filled(entry.name, bucket), filled(entry.description, bucket)
    query = entry.query.replace('"{bucket}"', quote(bucket))
    return entry.model_copy(update={"name": name, "description": description, "query": query})


def _threshold(found: Mapping[str, Any]) -> dict[str, Any]:
    """A bound of 0 is left out by the server; `allValues` it ignores."""
    kind, level = found.get("type", ""), found.get("level", "")
    if kind != "range":
        return {"type": kind, "level": level, "value": found.get("value", 0)}
    bounds = {"min": found.get("min", 0), "max": found.get("max", 0)}
    return {"type": kind, "level": level, **bounds, "within": found.get("within", False)}


def _declared(found: Mapping[str, Any]) -> dict[str, Any]:
    """A threshold in the words of the files."""
    told = _threshold(found)
    words = {"lesser": "below", "greater": "above"}
    if told["type"] == "range":
        word = "within" if told["within"] else "outside"
        return {"level": told["level"].lower(), word: [told["min"], told["max"]]}
    return {"level": told["level"].lower(), words.get(told["type"], told["type"]): told["value"]}
