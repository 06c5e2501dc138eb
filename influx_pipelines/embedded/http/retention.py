"""Retention rules: POST normalises the shard group, PATCH keeps the number as sent."""

from __future__ import annotations

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.shards import HOUR, normal_shard_group

LONGEST = (1 << 63) // 10**9  # more seconds are no Go duration
Asked = tuple[int | None, int | None]  # the retention and the length of a shard group


def asked_rule(asked: Body, struct: str) -> Asked | None:
    """What a request wants in its rules.

    Raises:
        Fault: more than one rule, or a negative number.
    """
    rules = asked.objects("retentionRules", struct)
    found = [
        (rule.integer("everySeconds"), rule.integer("shardGroupDurationSeconds")) for rule in rules
    ]
    if len(found) > 1:
        text = "buckets cannot have more than one retention rule at this time"
        raise Fault("unprocessable entity", text)
    for every, shard in found:
        if (every or 0) < 0:
            raise Fault("unprocessable entity", "expiration seconds cannot be negative")
        if (shard or 0) < 0:
            text = "shard-group duration seconds cannot be negative"
            raise Fault("unprocessable entity", text)
    return found[0] if found else None


def _check_length(every: int | None) -> None:
    if every and not HOUR <= every <= LONGEST:
        raise Fault("internal error", "retention policy duration must be at least 1h0m0s")


def _rules(every: int, shard: int) -> list[Document]:
    """The rules as a document carries them; none when both are zero."""
    rule = {"type": "expire", "everySeconds": every, "shardGroupDurationSeconds": shard}
    return [rule] if every or shard else []


def new_rules(rule: Asked | None) -> list[Document]:
    """The rules of a new bucket.

    Raises:
        Fault: the retention is too short, or shorter than the shard group.
    """
    every, shard = (number or 0 for number in rule or (0, 0))
    _check_length(every)
    shard = normal_shard_group(shard, every)
    if every and every < shard:
        text = "retention policy duration must be greater than the shard duration"
        raise Fault("internal error", text)
    return _rules(every, shard)


def patched_rules(old: list[Document], rule: Asked | None) -> list[Document]:
    """The rules after a PATCH; no rule, or an empty one, changes nothing.

    Raises:
        Fault: the retention is too short, or shorter than the shard group.
    """
    if rule is None:
        return old
    every, shard = rule
    _check_length(every)
    was = old[0] if old else {"everySeconds": 0, "shardGroupDurationSeconds": 0}
    kept = normal_shard_group(was["shardGroupDurationSeconds"], was["everySeconds"])
    now = was["everySeconds"] if every is None else every
    if now and (kept if shard is None else shard) > now:
        text = "shard-group duration must also be updated to be smaller than new retention duration"
        raise Fault("unprocessable entity", text)
    return _rules(now, was["shardGroupDurationSeconds"] if shard is None else shard)
