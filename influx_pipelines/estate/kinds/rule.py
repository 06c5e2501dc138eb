"""Notification rules, of which the server makes tasks of its own."""

from __future__ import annotations

from collections.abc import Collection as Several
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from influx_pipelines.estate.changes import Change
from influx_pipelines.estate.durations import period, same
from influx_pipelines.estate.kinds.declared import Reference
from influx_pipelines.estate.kinds.endpoint import EndpointEntry, EndpointKind
from influx_pipelines.estate.kinds.kind import Doing, Look, Step
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.kinds.rule_entry import RuleEntry
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.problems import Problem
from influx_pipelines.influx.collection import Collection
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.influx.models import NotificationRule


class RuleKind(ObjectKind[RuleEntry, NotificationRule]):
    """Names are not unique to the server; a rule has its endpoint by ID."""

    name, key = "notification_rule", "notification_rules"
    about = "Notification rules: which statuses are sent to which endpoint."
    entry = RuleEntry
    collection = Collection("notificationRules", NotificationRule, paged=True)
    changes_by = "PUT"
    looks_at = (EndpointKind.name, "label")

    def references(self, entry: RuleEntry) -> Iterable[Reference]:
        """Its endpoint."""
        yield Reference(EndpointKind.name, entry.endpoint, ("endpoint",))

    def problems(self, declared: Estate) -> Iterator[Problem]:
        """Rules that are made for another type of endpoint, which the server answers with 500."""
        endpoints: Mapping[str, EndpointEntry] = declared.of(EndpointKind.key)
        for rule in declared.of(self.key).values():
            endpoint = endpoints.get(rule.endpoint)
            if endpoint and endpoint.type != rule.type:
                need = "needs a message" if endpoint.type == "slack" else "takes no message"
                text = f"the endpoint {endpoint.name} is of type {endpoint.type}: its rule {need}"
                yield Problem.at(declared.place(self.key, rule.name), text)

    def steps(self, look: Look) -> Iterator[Step]:
        """With the names of endpoints in the place of their IDs."""
        others = look.observed.others
        names = {one.id: one.name for one in others.get(EndpointKind.name, ())}
        rules = tuple(
            rule.model_copy(update={"endpoint_id": names.get(rule.endpoint_id, rule.endpoint_id)})
            for rule in others.get(self.name, ())
        )
        observed = replace(look.observed, others={**others, self.name: rules})
        yield from super().steps(replace(look, observed=observed))

    def wanted(self, entry: RuleEntry) -> Mapping[str, Any]:
        """All that is stored; durations in their shortest form."""
        return {
            "type": entry.type,
            "endpoint": entry.endpoint,
            "status": "active" if entry.active else "inactive",
            "every": entry.every,
            "offset": entry.offset or "",
            "statusRules": [_pair(one.current, one.previous) for one in entry.statuses],
            "tagRules": [one.model_dump() for one in entry.tags],
            "runbookLink": entry.runbook,
            "limit": entry.limit,
            "limitEvery": entry.limit_every,
            "channel": entry.channel,
            "messageTemplate": entry.message or "",
        }

    def written(self, found: NotificationRule, names: Mapping[str, str]) -> Mapping[str, Any]:
        """With the name of its endpoint."""
        pairs = found.status_rules or ()
        limits = {"limit": found.limit, "limit_every": found.limit_every}
        text = {"message": found.message, "channel": found.channel}
        return {
            "endpoint": names.get(found.endpoint_id, found.endpoint_id),
            "every": found.every,
            **period("offset", found.offset),
            "statuses": [_status(one["currentLevel"], one.get("previousLevel")) for one in pairs],
            "tags": [{"operator": "equal", **one} for one in found.tag_rules or ()],
            "runbook": found.runbook,
            **(limits if all(limits.values()) else {}),
            **(text if found.type == "slack" else {}),
            "active": found.status == "active",
        }

    def present(self, found: NotificationRule) -> Mapping[str, Any]:
        """As the server tells it."""
        pairs = found.status_rules or ()
        return {
            "type": found.type,
            "endpoint": found.endpoint_id,
            "status": found.status,
            "every": same(found.every),
            "offset": same(found.offset),
            "statusRules": [_pair(one["currentLevel"], one.get("previousLevel")) for one in pairs],
            "tagRules": [{"operator": "equal", **one} for one in found.tag_rules or ()],
            "runbookLink": found.runbook,
            "limit": found.limit,
            "limitEvery": found.limit_every,
            "channel": found.channel,
            "messageTemplate": found.message,
        }

    def resolved(self, after: Mapping[str, Any], doing: Doing) -> Mapping[str, Any]:
        """The ID of the endpoint, which may have been made just now.

        Raises:
            NotFound: there is no such endpoint.
        """
        wanted = after["endpoint"]
        for one in EndpointKind.collection.all(doing.client):
            if wanted in (one.name, one.id):
                return {**after, "endpointID": one.id}
        text = f"There is no notification endpoint {wanted!r} on {doing.client.url}."
        raise NotFound(text, status=404)

    def body(self, after: Mapping[str, Any]) -> dict[str, Any]:
        """What is empty is left out: an empty duration or limit is refused."""
        return {k: v for k, v in after.items() if v not in ("", None) and k != "endpoint"}

    def needs(self, change: Change) -> Several[tuple[str, str]]:
        """Its endpoint."""
        name = change.after.get("endpoint")
        return ((EndpointKind.name, name),) if name else ()

    def ignored(self, entry: RuleEntry) -> Iterable[str]:
        """What does not reach the script that the server makes of it."""
        for tag in entry.tags:
            if tag.operator != "equal":
                text = f"tags: {tag.operator} of {tag.key} is ignored by InfluxDB"
                yield f"{text}, which takes it as equal"
        if entry.limit is not None:
            yield "limit: ignored by InfluxDB, which sends every status"


def _pair(current: str, previous: str | None) -> dict[str, str | None]:
    before = previous.upper() if previous else None
    return {"currentLevel": current.upper(), "previousLevel": before}


def _status(current: str, previous: str | None) -> dict[str, str | None]:
    return {"current": current.lower(), "previous": previous.lower() if previous else None}
