"""Labels: a name, a colour, a description; the last two are texts among their properties."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from influx_pipelines.estate.kinds.declared import Entry, ObjectKind
from influx_pipelines.estate.ownership import LABEL
from influx_pipelines.influx.collection import Collection
from influx_pipelines.influx.models import Label


def _name(value: str) -> str:
    if value != value.strip() or not value:
        raise ValueError(f"{value!r} is empty or has blanks around it, which InfluxDB takes away")
    if value.lower() == LABEL:
        raise ValueError(f"{value!r} is the label by which this project marks what is its own")
    return value


class LabelEntry(Entry):
    """A label."""

    name: Annotated[str, AfterValidator(_name)] = Field(
        description="Its name; unique in the organization without regard to case."
    )
    color: str = Field("#326BBA", pattern="^#[0-9a-fA-F]{6}$", description="As in #326BBA.")


class LabelKind(ObjectKind[LabelEntry, Label]):
    """Unique by name without regard to case; the marker is in the property `description`."""

    name, key = "label", "labels"
    about = "Labels."
    entry = LabelEntry
    collection = Collection("labels", Label, envelope="label")
    takes_label = False

    def identity(self, name: str) -> str:
        """Names that differ only in case are one."""
        return name.lower()

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
