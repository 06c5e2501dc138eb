"""What other projects may import: names and signatures, as `docs/api-python.md` shows them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from types import FunctionType
from typing import Any

import dagster as dg
from pydantic import BaseModel

# In the order in which somebody meets them.
MODULES = (
    "influx_pipelines.components",
    "influx_pipelines.resources",
    "influx_pipelines.io_manager",
    "influx_pipelines.influx.client",
    "influx_pipelines.influx.measurement",
    "influx_pipelines.influx.errors",
    "influx_pipelines.estate",
    "influx_pipelines.estate.load",
    "influx_pipelines.flux.parser",
    "influx_pipelines.flux.format",
)
METHODS = (FunctionType, classmethod, staticmethod, property, cached_property)


def public_api() -> str:
    """A heading a module, and a line a name."""
    parts = []
    for name in MODULES:
        module = import_module(name)
        lines = [line for one in module.__all__ for line in described(one, getattr(module, one))]
        parts.append("\n".join([f"### `{name}`", "", "```python", *lines, "```"]))
    return "\n\n".join(parts)


def described(name: str, value: Any) -> Iterator[str]:
    """A function by its signature, a class with its fields and methods; a component has no others.

    Names are without their modules: where Dagster keeps them is its own business.
    """
    if not inspect.isclass(value):
        yield f"def {name}{signature(value)}"
        return
    fields = issubclass(value, BaseModel)
    yield f"class {name}" + ("" if fields else _constructed(value))
    if fields:
        yield from _fields(value)
    for member, found in sorted(_methods(value).items()):
        if inspect.isfunction(found):
            yield f"    def {member}{signature(found)}"
        else:
            yield f"    {member}: {_return(found)}"


class Something:
    """A default that is no plain value."""

    def __repr__(self) -> str:
        return "..."


def signature(function: Any) -> str:
    """Names, kinds and types of what is taken, defaults that are plain, and what is given."""
    found = inspect.signature(inspect.unwrap(function))
    parameters = [
        one if _plain(one.default) else one.replace(default=Something())
        for one in found.parameters.values()
    ]
    text = str(found.replace(parameters=parameters))
    return _short(re.sub(r"(: |-> )'([^']*)'", r"\1\2", text))


def _short(text: str) -> str:
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])", "", text)


def _constructed(value: type) -> str:
    own = value.__dict__.get("__init__")
    return signature(own) if inspect.isfunction(own) else ""


def _fields(value: type[BaseModel]) -> Iterator[str]:
    for name, field in value.model_fields.items():
        required = "" if not field.is_required() else "  # required"
        annotation = _short(inspect.formatannotation(field.annotation))
        yield f"    {name}: {annotation}{required}"


def _methods(value: type) -> dict[str, Any]:
    """Of the class and of those of ours that it is made of."""
    found: dict[str, Any] = {}
    if issubclass(value, dg.Component):
        return found
    for one in reversed(value.__mro__):
        if one.__module__.startswith("influx_pipelines"):
            found |= {
                name: getattr(member, "__func__", member)
                for name, member in vars(one).items()
                if not name.startswith("_")
                if isinstance(member, METHODS)
            }
    return found


def _return(made: Any) -> str:
    function = made.fget if isinstance(made, property) else made.func
    return _short(str(function.__annotations__["return"]))


def _plain(value: Any) -> bool:
    return value is inspect.Parameter.empty or isinstance(value, str | int | float | bool | None)
