"""Variables of dashboards: a list, a table, or what a query finds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from influx_pipelines.estate.kinds.declared import LabelledEntry, Reference
from influx_pipelines.estate.kinds.fluxtext import FluxText, variables_of
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.influx.collection import Collection
from influx_pipelines.influx.models import Variable

# Words of the language, which the server refuses.
RESERVED = frozenset("and import not return option test empty in or package builtin".split())


def _name(value: str) -> str:
    if not re.match("[A-Za-z_]", value):
        raise ValueError(f"{value!r} must begin with a letter (a to z) or an underscore")
    if value in RESERVED:
        raise ValueError(f"{value!r} is a word of the language Flux: choose another name")
    return value


class VariableEntry(LabelledEntry):
    """A variable: `values` or `query`."""

    name: Annotated[str, AfterValidator(_name)] = Field(
        description="Its name; unique in the organization without regard to case."
    )
    values: list[str] | dict[str, str] | None = Field(
        None, description="A list of values, or a table of names and values."
    )
    query: FluxText | None = Field(None, description="Flux whose `_value` column has the values.")
    selected: list[str] | None = Field(
        None, description="The values chosen at first; only compared when it is given."
    )

    @model_validator(mode="after")
    def _has_one_form(self) -> VariableEntry:
        if (self.values is None) is (self.query is None):
            raise ValueError("write either values or query")
        return self


class VariableKind(ObjectKind[VariableEntry, Variable]):
    """Unique by name without regard to case; a PATCH changes only what it names."""

    name, key = "variable", "variables"
    about = "Variables of dashboards."
    entry = VariableEntry
    collection = Collection("variables", Variable)

    def identity(self, name: str) -> str:
        """Names that differ only in case are one."""
        return name.lower()

    def references(self, entry: VariableEntry) -> Iterable[Reference]:
        """Other variables that its query reads."""
        for name in variables_of(entry.query or ""):
            yield Reference(self.name, name, ("query",))

    def wanted(self, entry: VariableEntry) -> Mapping[str, Any]:
        """Its arguments, and what is selected when that is declared."""
        if entry.query is not None:
            arguments: dict[str, Any] = {
                "type": "query",
                "values": {"query": entry.query, "language": "flux"},
            }
        else:
            kind = "map" if isinstance(entry.values, dict) else "constant"
            arguments = {"type": kind, "values": entry.values}
        selected = {} if entry.selected is None else {"selected": entry.selected}
        return {"arguments": arguments, **selected}

    def written(self, found: Variable, names: Mapping[str, str]) -> Mapping[str, Any]:
        """Its values or its query.

        Raises:
            ValueError: the query is not in Flux.
        """
        values = found.arguments.get("values")
        selected = {"selected": list(found.selected)} if found.selected else {}
        if found.arguments.get("type") != "query" or not isinstance(values, dict):
            return {"values": values, **selected}
        if values.get("language") != "flux":
            raise ValueError("its query is not in Flux")
        return {"query": values.get("query"), **selected}

    def present(self, found: Variable) -> Mapping[str, Any]:
        """As the server tells them."""
        return {"arguments": found.arguments, "selected": list(found.selected or ())}
