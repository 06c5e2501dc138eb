"""What the metadata of a server say: organizations, buckets and their shards, from its bolt file.

Sources: `kv/`, `tenant/` and `v1/services/meta/internal/meta.proto` of InfluxDB 2, and the two
sample backups: buckets `organizationsv1`, `bucketsv1` … hold JSON by ID, `…indexv1` IDs by name,
and `v1_tsm1_metadata` the shards as a protocol buffer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from influx_pipelines.backups.verify.bolt import Item
from influx_pipelines.backups.verify.damages import Broken, Finds
from influx_pipelines.backups.verify.protobuf import fields, one, signed

ORGS, BUCKETS, USERS, TOKENS = "organizationsv1", "bucketsv1", "usersv1", "authorizationsv1"
INDEXES = {"organizationindexv1": ORGS, "bucketindexv1": BUCKETS, "userindexv1": USERS}
JSON = {
    *(ORGS, BUCKETS, USERS, TOKENS),
    *("tasksv1", "checksv1", "labelsv1", "dbrpv1", "variablesv1", "migrationsv1"),
}
SHARDS = ("v1_tsm1_metadata", b"meta.db")

Objects = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Group:
    """A shard group; times in nanoseconds, 0 of a deletion or a cut for none."""

    id: int
    start: int
    end: int
    deleted: int
    truncated: int
    shards: tuple[int, ...]


@dataclass(frozen=True)
class Policy:
    """A retention policy; durations in nanoseconds."""

    name: str
    duration: int
    group_duration: int
    replicas: int
    groups: tuple[Group, ...]


@dataclass
class Metadata:
    """What is read out of the bolt file.

    Attributes:
        objects: by name of the bolt bucket and ID.
        indexes: the same, IDs by their key.
        policies: by the ID of the bucket; None where they cannot be read.
    """

    objects: dict[str, Objects] = field(default_factory=lambda: {name: {} for name in JSON})
    indexes: dict[str, dict[str, str]] = field(
        default_factory=lambda: {name: {} for name in INDEXES}
    )
    policies: dict[str, tuple[Policy, ...]] | None = None


def read_metadata(items: Iterable[Item], finds: Finds) -> Metadata:
    """Take what is needed out of all keys and values; damages are noted."""
    found = Metadata()
    for item in items:
        place = "/".join(part.decode(errors="backslashreplace") for part in item.path)
        key = item.key.decode(errors="backslashreplace")
        try:
            if place in JSON:
                found.objects[place][key] = _object(item.value, key)
            elif place in INDEXES:
                found.indexes[place][key] = item.value.decode(errors="backslashreplace")
            elif (place, item.key) == SHARDS:
                found.policies = _databases(item.value)
        except Broken as error:
            finds.add(error.what, f"{place}, {key[:80]}")
    if not finds.damages:  # after one, half of it is missing
        _check(found, finds)
    return found


def _object(value: bytes, key: str) -> dict[str, Any]:
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        raise Broken("is no JSON") from None
    if not isinstance(read, dict) or read.get("id") != key:
        raise Broken("is not the object of its ID")
    return read


def _databases(value: bytes) -> dict[str, tuple[Policy, ...]]:
    databases = [fields(part) for part in _messages(fields(value), 5)]
    return {
        _text(database, 1): tuple(_policy(fields(part)) for part in _messages(database, 3))
        for database in databases
    }


def _policy(message: Mapping[int, list[Any]]) -> Policy:
    found = dict(message)
    return Policy(
        _text(found, 1),
        _number(found, 2),
        _number(found, 3),
        _number(found, 4),
        tuple(_group(fields(part)) for part in _messages(found, 5)),
    )


def _group(message: dict[int, list[Any]]) -> Group:
    shards = tuple(_number(fields(part), 1) for part in _messages(message, 5))
    id, start, end, deleted, truncated = (_number(message, n) for n in (1, 2, 3, 4, 6))
    return Group(id, start, end, deleted, truncated, shards)


def _messages(message: dict[int, list[Any]], number: int) -> list[bytes]:
    found = message.get(number, [])
    if not all(isinstance(part, bytes) for part in found):
        raise Broken("the message is broken")
    return found


def _number(message: dict[int, list[Any]], number: int) -> int:
    found = one(message, number)
    if not isinstance(found, int):
        raise Broken("the message is broken")
    return signed(found)


def _text(message: dict[int, list[Any]], number: int) -> str:
    found = one(message, number, b"")
    if not isinstance(found, bytes):
        raise Broken("the message is broken")
    return found.decode(errors="backslashreplace")


def _check(found: Metadata, finds: Finds) -> None:
    """Refuse what a server could not start with, or would open to everybody."""
    for name, what in ((ORGS, "organization"), (USERS, "user"), (TOKENS, "token")):
        if not found.objects[name]:
            finds.add(f"there is no {what} in it: no running server is without one", name)
    if found.policies is None:
        finds.add("the list of the shards is missing, or cannot be read", SHARDS[0])
    for index, kind in INDEXES.items():
        _check_index(index, found.indexes[index], found.objects[kind], finds)


def _check_index(
    index: str, keys: Mapping[str, str], objects: Mapping[str, Mapping[str, Any]], finds: Finds
) -> None:
    """Every name leads to the object of that name; of a bucket, its organization goes before."""
    for key, id in keys.items():
        found = objects.get(id, {})
        if key != f"{found.get('orgID', '')}{found.get('name')}":
            finds.add("leads to nothing of this name", f"{index}, {key[:80]}")
    for id in objects.keys() - set(keys.values()):
        finds.add(f"does not lead to {id}", index)
