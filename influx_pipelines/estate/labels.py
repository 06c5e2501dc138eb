"""Labels on objects: those that the estate declares are its own to attach and to take off."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from influx_pipelines.estate.ownership import LABEL
from influx_pipelines.influx.models import Label


def identity(name: str) -> str:
    """Names of labels that differ only in case are one to the server."""
    return name.lower()


def _name(value: str) -> str:
    if value != value.strip() or not value:
        raise ValueError(f"{value!r} is empty or has blanks around it, which InfluxDB takes away")
    if identity(value) == LABEL:
        raise ValueError(f"{value!r} is the label by which this project marks what is its own")
    return value


def _names(value: list[str]) -> list[str]:
    if len(set(map(identity, value))) < len(value):
        raise ValueError("a label stands here a second time: keep one")
    return value


LabelName = Annotated[str, AfterValidator(_name)]
LabelNames = Annotated[
    list[LabelName],
    AfterValidator(_names),
    Field(
        description="Its labels, by name. Those that the estate declares are also taken off where "
        "they do not stand; others, which somebody attached, stay."
    ),
]


def names_on(found: Iterable[Label]) -> list[str]:
    """The labels of an object but for our mark, sorted."""
    return sorted(one.name for one in found if identity(one.name) != LABEL)


def brought_to(
    wanted: Iterable[str], present: Iterable[str], declared: Collection[str]
) -> list[str]:
    """What an object's labels are to be: `wanted`, and those present that are not `declared`."""
    ours, there = ({identity(one): one for one in names} for names in (declared, present))
    named = {identity(one): ours.get(identity(one), one) for one in wanted}
    kept = {key: name for key, name in there.items() if key in named or key not in ours}
    return sorted({**named, **kept}.values())
