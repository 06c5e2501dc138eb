"""Import of buckets with their mappings, of secrets by name, and of tokens by their rights."""

from __future__ import annotations

import glob
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from influx_pipelines.estate.importing.objects import declarable, described, reason
from influx_pipelines.estate.importing.section import Section
from influx_pipelines.estate.kinds.filenames import file_name
from influx_pipelines.estate.kinds.secret import OF_ENDPOINT, SecretEntry
from influx_pipelines.estate.kinds.token import name_of
from influx_pipelines.estate.model import BucketEntry
from influx_pipelines.estate.ownership import is_scratch
from influx_pipelines.estate.references import SYSTEM, Node
from influx_pipelines.estate.tokens.entry import TokenEntry
from influx_pipelines.estate.tokens.rights import Right, rights_of
from influx_pipelines.flux.durations import policy_name
from influx_pipelines.influx.models import Authorization, Bucket, Dbrp


def import_buckets(
    buckets: Iterable[Bucket], mappings: Iterable[Dbrp], known: set[Node]
) -> Section:
    """Buckets without those of the system; mappings without the virtual ones."""
    mapped: dict[str, list[Dbrp]] = defaultdict(list)
    for mapping in mappings:
        if not mapping.virtual:
            mapped[mapping.bucket_id].append(mapping)
    wanted: list[str] = []
    section = Section("buckets", extra={"mappings": wanted})
    for bucket in sorted(buckets, key=lambda one: one.name):
        if bucket.type == "system" or is_scratch(bucket):
            continue
        entry = _bucket(bucket, known)
        try:
            BucketEntry.model_validate(entry)
        except ValueError as error:
            section.notes.append(f"left out: {bucket.name} ({bucket.id}): {reason(error)}")
            continue
        section.entries.append(entry)
        known.add(Node("bucket", bucket.name))
        names = [f"{one.database}/{one.retention_policy}" for one in mapped[bucket.id]]
        if names == [f"{bucket.name}/{policy_name(bucket.retention_seconds)}"]:
            wanted.append(glob.escape(bucket.name))
        elif names:
            text = "left out: the mapping of {} as {}; after its adoption `--prune` deletes it"
            section.notes.append(text.format(bucket.name, ", ".join(sorted(names))))
    return section


def _bucket(bucket: Bucket, known: set[Node]) -> dict[str, Any]:
    labels = declarable(bucket.labels, known)
    description, shard = described(bucket.description), bucket.shard_group_seconds
    return {
        "name": bucket.name,
        "retention": policy_name(bucket.retention_seconds),
        **({"description": description} if description else {}),
        **({"shard_group": policy_name(shard)} if shard else {}),
        **({"labels": labels} if labels else {}),
        "adopt": True,
    }


def import_secrets(names: Iterable[str] | None, known: set[Node]) -> Section:
    """Names alone, each with the variable of the environment that is to hold its value."""
    if names is None:
        return Section("secrets", notes=["not imported: our token may not read their names"])
    section = Section("secrets")
    for name in sorted(names):
        if OF_ENDPOINT.fullmatch(name):
            continue
        variable = re.sub(r"\W", "_", name, flags=re.ASCII).upper()
        try:
            entry = SecretEntry.model_validate({"name": name, "env": variable, "adopt": True})
        except ValueError as error:
            section.notes.append(f"left out: {name!r}: {reason(error)}")
            continue
        known.add(Node("secret", name))
        section.entries.append(entry.model_dump(exclude_defaults=True))
    if section.entries:
        text = "An apply sends the values from these variables: no server tells the old ones."
        section.notes.append(text)
    return section


def import_tokens(
    tokens: Iterable[Authorization] | None, names: Mapping[str, str], known: set[Node]
) -> tuple[Section, Section]:
    """Ours, and those of others, in a file that is not read: nobody can take a token over."""
    ours, others = Section("tokens"), Section("tokens", suffix=".yaml.suggested")
    if tokens is None:
        ours.notes.append("not imported: our token may not read tokens")
        return ours, others
    for token in sorted(tokens, key=lambda one: (one.description, one.id)):
        name = name_of(token, {})
        section = ours if name else others
        try:
            entry = _token(token, name, names, known)
            if any(entry["name"] == one["name"] for one in section.entries):
                raise ValueError("another has that name")
        except ValueError as error:
            text = f"left out: {token.description!r} ({token.id}): {reason(error)}"
            section.notes.append(text)
            continue
        section.entries.append(entry)
    if others.entries:
        text = "Tokens of others, which nobody can take over. Called tokens.yaml, this file makes"
        others.notes.append(f"{text} new ones with their rights.")
    return ours, others


def _token(
    token: Authorization, name: str | None, names: Mapping[str, str], known: set[Node]
) -> dict[str, Any]:
    """The entry that makes such a token.

    Raises:
        ValueError: its rights cannot be declared.
    """
    words = rights_of(token, names)
    if any(word.endswith(" everywhere") for word in words):
        raise ValueError("an operator token, which reaches beyond the organization")
    if token.status != "active":
        raise ValueError("it is inactive")
    description = described(token.description).removeprefix(f"{name}:").strip()
    if not description and not name:
        raise ValueError("it has no description, by which it could be called")
    said = {
        "name": name or file_name(description),
        "description": description,
        "permissions": _permissions(map(Right.parse, words)),
    }
    entry = TokenEntry.model_validate(said)
    for bucket in {Right.parse(word).bucket for word in words} - {""}:
        if Node("bucket", bucket) not in known | SYSTEM:
            raise ValueError(f"it needs the bucket {bucket}, which is not imported")
    return entry.model_dump(exclude_defaults=True)


def _permissions(rights: Iterable[Right]) -> list[dict[str, Any]]:
    """One entry for the buckets, or the other resources, with the same actions."""
    actions: dict[tuple[str, str], list[str]] = defaultdict(list)
    for right in rights:
        actions[right.resource, right.bucket].append(right.action)
    buckets: dict[tuple[str, ...], list[str]] = defaultdict(list)
    found: list[dict[str, Any]] = []
    for (resource, bucket), allowed in sorted(actions.items()):
        if bucket:
            buckets[tuple(sorted(allowed))].append(bucket)
        else:
            every = {"all": True} if resource == "buckets" else {}
            found.append({"resource": resource, "actions": sorted(allowed), **every})
    named = [
        {"resource": "buckets", "actions": list(allowed), "buckets": some}
        for allowed, some in sorted(buckets.items())
    ]
    return named + found
