"""Labels: a name, a colour, a description; the last two are texts among their properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from influx_pipelines.estate import labels
from influx_pipelines.estate.kinds.declared import Entry
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.labels import LabelName
from influx_pipelines.influx.collection import Collection
from influx_pipelines.influx.models import Label


class LabelEntry(Entry):
    """A label."""

    name: LabelName = Field(
        description="Its name; unique in the organization without regard to case."
    )
    color: str = Field("#326BBA", pattern="^#[0-9a-fA-F]{6}$", description="As in #326BBA.")


class LabelKind(ObjectKind[LabelEntry, Label]):
    """Unique by name without regard to case; the marker is in the property `description`."""

    name, key = "label", "labels"
    about = "Labels."
    entry = LabelEntry
    collection = Collection("labels", Label, envelope="label")

    def identity(self, name: str) -> str:
        """Names that differ only in case are one."""
        return labels.identity(name)

    def wanted(self, entry: LabelEntry) -> Mapping[str, Any]:
        """The colour."""
        return {"color": entry.color}

    def written(self, found: Label, names: Mapping[str, str]) -> Mapping[str, Any]:
        """Its colour, where it has one."""
        color = found.properties.get("color")
        return {"color": color} if color else {}

    def present(self, found: Label) -> Mapping[str, Any]:
        """As the server tells it."""
        return {"color": found.properties.get("color", "")}

    def loss(self, name: str) -> str:
        """It is taken off everything, too."""
        return f"the label {name}, also from everything that has it"

    def body(self, after: Mapping[str, Any]) -> dict[str, Any]:
        """Properties that are not named stay as they are."""
        properties = {key: value for key, value in after.items() if key != "name"}
        name = {"name": after["name"]} if "name" in after else {}
        return {**name, **({"properties": properties} if properties else {})}
