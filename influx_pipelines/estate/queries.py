"""What a query of a monitoring check reads, found in its syntax tree."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator
from typing import Any

from influx_pipelines.flux import ast
from influx_pipelines.flux.edit import name_of
from influx_pipelines.flux.parser import FluxSyntaxError, parse


def parsed(text: str) -> ast.File:
    """A query: one chain of calls after its imports, which is all that the server can use.

    Raises:
        ValueError: it does not parse, or is something else.
    """
    try:
        file = parse(text)
    except FluxSyntaxError as error:
        first = error.faults[0]
        raise ValueError(f"no Flux, at {first.span} in it: {first.message}") from None
    match file.body:
        case [ast.ExpressionStatement(expression=ast.PipeExpression())]:
            return file
    raise ValueError("write one `from(…) |> range(…) |> …`: no other script becomes a check")


def buckets_of(file: ast.File, calls: Collection[str] = ("from",)) -> list[str]:
    """The buckets that are read by name; with `to` among the calls, those that are written too."""
    return [
        one.value.value
        for node in walk(file)
        if isinstance(node, ast.CallExpression) and _called(node) in calls
        for record in node.arguments
        for one in record.properties
        if name_of(one) == "bucket" and isinstance(one.value, ast.StringLiteral)
    ]


def fields_of(file: ast.File) -> list[str]:
    """The texts that a member `_field` is compared with, as the server looks for them."""
    found = []
    for node in walk(file):
        match node:
            case ast.BinaryExpression(
                left=ast.MemberExpression(
                    property=ast.Identifier("_field") | ast.StringLiteral("_field")
                ),
                right=ast.StringLiteral(value),
            ):
                found.append(value)
    return found


def _called(node: ast.CallExpression) -> str:
    return node.callee.name if isinstance(node.callee, ast.Identifier) else ""


def walk(node: Any) -> Iterator[ast.Node]:
    """A node and all below it."""
    if isinstance(node, ast.Node):
        yield node
        node = [getattr(node, field.name) for field in dataclasses.fields(node)]
    if isinstance(node, list):
        for item in node:
            yield from walk(item)
