"""Flux in a declaration: read when the files are read, so that nothing broken is ever sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import AfterValidator

from influx_pipelines.flux import ast
from influx_pipelines.flux.parser import FluxSyntaxError, parse


def _script(value: str) -> str:
    try:
        parse(value)
    except FluxSyntaxError as error:
        first = error.faults[0]
        raise ValueError(f"no Flux, at {first.span} in it: {first.message}") from None
    return value


OF_THE_PAGE = frozenset({"timeRangeStart", "timeRangeStop", "windowPeriod"})  # members of `v`
FluxText = Annotated[str, AfterValidator(_script)]


def members_of(record: str, script: str) -> set[str]:
    """The members of a record that a script reads, as `v.cluster` or `v["cluster"]`."""
    found = (node for node in _nodes(parse(script)) if isinstance(node, ast.MemberExpression))
    return {
        node.property.name if isinstance(node.property, ast.Identifier) else node.property.value
        for node in found
        if isinstance(node.object, ast.Identifier) and node.object.name == record
    }


def variables_of(script: str) -> list[str]:
    """The variables that a query reads, except those that every page has."""
    return sorted(members_of("v", script) - OF_THE_PAGE)


def _nodes(value: Any) -> Iterator[ast.Node]:
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, ast.Node):
        yield value
        for field in dataclasses.fields(value):
            yield from _nodes(getattr(value, field.name))
