"""Retention rules: POST normalises the shard group, PATCH keeps the number as sent."""

from __future__ import annotations

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault
from influx_pipelines.embedded.http.body import Body

HOUR, DAY, WEEK = 3600, 86_400, 604_800


def _check(rules: list[Body]) -> None:
    if len(rules) > 1:
        text = "buckets cannot have more than one retention rule at this time"
        raise Fault("unprocessable entity", text)
    for rule in rules:
        if (rule.integer("everySeconds") or 0) < 0:
            raise Fault("unprocessable entity", "expiration seconds cannot be negative")
        if (rule.integer("shardGroupDurationSeconds") or 0) < 0:
            text = "shard-group duration seconds cannot be negative"
            raise Fault("unprocessable entity", text)


def _rule(every: int, shard: int) -> list[Document]:
    return [{"type": "expire", "everySeconds": every, "shardGroupDurationSeconds": shard}]


def shard_group(every: int) -> int:
    """The shard group that fits a retention; 0 is endless."""
    if every == 0 or every >= 180 * DAY:
        return WEEK
    return DAY if every >= 2 * DAY else HOUR


def new_rules(rules: list[Body]) -> list[Document]:
    """The rules of a new bucket.

    Raises:
        Fault: more than one, negative, or too short.
    """
    _check(rules)
    first = rules[0] if rules else Body({})
    every = first.integer("everySeconds") or 0
    shard = first.integer("shardGroupDurationSeconds") or 0
    shard = max(shard, HOUR) if shard else shard_group(every)
    if 0 < every < HOUR:
        raise Fault("internal error", "retention policy duration must be at least 1h0m0s")
    if every and every < shard:
        text = "retention policy duration must be greater than the shard duration"
        raise Fault("internal error", text)
    return _rule(every, shard)


def patched_rules(old: list[Document], rules: list[Body]) -> list[Document]:
    """The rules after a PATCH; no rule, or an empty one, changes nothing.

    Raises:
        Fault: more than one, negative, too short, or shorter than the shard group.
    """
    _check(rules)
    if not rules or not old:
        return old
    every = rules[0].integer("everySeconds")
    shard = rules[0].integer("shardGroupDurationSeconds")
    every = old[0]["everySeconds"] if every is None else int(every)
    shard = old[0]["shardGroupDurationSeconds"] if shard is None else int(shard)
    if every and shard > every:
        text = "shard-group duration must also be updated to be smaller than new retention duration"
        raise Fault("unprocessable entity", text)
    if 0 < every < HOUR:
        raise Fault("internal error", "retention policy duration must be at least 1h0m0s")
    return _rule(every, shard)
