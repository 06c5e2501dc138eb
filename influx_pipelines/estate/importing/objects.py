"""Import of the kinds that are compared field by field."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from influx_pipelines.estate.importing.section import Section
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.labels import names_on
from influx_pipelines.estate.ownership import LABEL, MARKER
from influx_pipelines.estate.references import SYSTEM, Node
from influx_pipelines.influx.models import Label


def import_objects(
    kind: ObjectKind[Any, Any], found: Iterable[Any], names: Mapping[str, str], known: set[Node]
) -> Section:
    """The entries of a kind; what is written is added to what is known.

    Args:
        kind: which one.
        found: its objects on the server.
        names: the names of buckets and endpoints by their IDs.
        known: what other entries already declare.
    """
    section = Section(kind.key)
    seen, found = set(), tuple(found)
    siblings = {Node(kind.name, one.name) for one in found}
    # A plan takes the last one of a name, and one of ours before those.
    for one in sorted(found, key=kind.is_ours)[::-1]:
        if kind.identity(one.name) == LABEL:
            continue
        if kind.identity(one.name) in seen:
            section.notes.append(f"left out: {one.name} ({one.id}), since another has that name")
            continue
        seen.add(kind.identity(one.name))
        try:
            entry = _entry(kind, one, names, known | siblings)
        except ValueError as error:
            section.notes.append(f"left out: {one.name} ({one.id}): {reason(error)}")
            continue
        known.add(Node(kind.name, one.name))
        section.entries.append(entry.model_dump(exclude_defaults=True))
        section.files.update(kind.files(one))
        for key in _differences(kind, entry, one):
            section.notes.append(f"not exactly so on the server: {one.name}, {key}")
    section.entries.sort(key=lambda entry: str(entry["name"]))
    section.notes.sort()
    return section


def described(text: str) -> str:
    """A description without our marker."""
    return text.removesuffix(MARKER).removesuffix(" ")  # the one that `marked` puts before it


def declarable(found: Iterable[Label], known: Collection[Node]) -> list[str]:
    """The labels of an object that the files declare; one that is left out stays on the server."""
    return [name for name in names_on(found) if Node("label", name) in known]


def reason(error: ValueError) -> str:
    """Why something cannot be declared, in a sentence without the value, which may be secret."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    text = first["msg"].removeprefix("Value error, ").replace(repr(first["input"]), "its value")
    return f"{place}: {text}".removeprefix(": ")


def _entry(
    kind: ObjectKind[Any, Any], found: Any, names: Mapping[str, str], known: set[Node]
) -> Any:
    """The entry that declares an object.

    Raises:
        ValueError: there is none, or it needs something that is not declared.
    """
    said = {
        "name": found.name,
        "description": described(found.description),
        "adopt": True,
        "labels": declarable(kind.labels_of(found), known),
        **kind.written(found, names),
    }
    if not kind.takes_labels:
        del said["labels"]
    entry = kind.entry.model_validate(said)
    for need in kind.references(entry):
        node = Node(need.kind, need.name)
        if node not in known and node not in SYSTEM:
            raise ValueError(f"it needs the {need.kind} {need.name}, which is not imported")
    return entry


def _differences(kind: ObjectKind[Any, Any], entry: Any, found: Any) -> list[str]:
    """The fields that adopting would change; a file of its own is as the server tells it."""
    if kind.files(found):
        return []
    present = kind.present(found)
    wanted = kind.wanted(entry)
    return [
        key
        for key, value in wanted.items()
        if key != "endpoint" and not kind.is_same(key, value, present.get(key))
    ]
