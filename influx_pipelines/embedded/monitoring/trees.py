"""Scripts as trees: templates with names for the parts to put in, and the walk over a tree."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from influx_pipelines.embedded.tasks.durations import read_duration
from influx_pipelines.flux import ast
from influx_pipelines.flux.parser import parse

Document = dict[str, Any]
MARK = "secret: "  # before the key of a secret in the place of its value
_DURATIONS = ("every", "offset", "timeSince", "staleTime")


def template(text: str, *documents: Document, **parts: Any) -> ast.File:
    """A script with trees in the places of names.

    Names in capitals are fields of the documents, the later ones first.
    """
    literals = {n.upper(): _literal(n, v) for d in documents for n, v in d.items()}
    file: ast.File = _put(parse(text), {**literals, **parts})
    return file


def _literal(name: str, value: Any) -> ast.Expression | None:
    if not isinstance(value, str):
        return None
    if name in _DURATIONS:
        return read_duration(value)
    return ast.StringLiteral(value.removeprefix(MARK))


def _put(node: Any, parts: dict[str, Any]) -> Any:
    """The tree as if it had never been written: without places, comments and brackets."""
    if isinstance(node, list):
        return [_put(item, parts) for item in node]
    if not isinstance(node, ast.Node):
        return node
    if isinstance(node, ast.Identifier) and node.name in parts:
        return parts[node.name]
    if isinstance(node, ast.ParenExpression):
        return _put(node.expression, parts)
    kept = [field.name for field in dataclasses.fields(node) if field.compare]
    return type(node)(**{name: _put(getattr(node, name), parts) for name in kept})


def walk(node: Any) -> Iterator[ast.Node]:
    """All nodes of a tree, each before those within it, which may be changed meanwhile."""
    if isinstance(node, ast.Node):
        yield node
        node = [getattr(node, field.name) for field in dataclasses.fields(node)]
    if isinstance(node, list):
        for item in node:
            yield from walk(item)


def member(label: str) -> ast.MemberExpression:
    """`r["label"]`, as the real server writes members."""
    return ast.MemberExpression(ast.Identifier("r"), ast.StringLiteral(label))


def prop(name: str, value: ast.Expression) -> ast.Property:
    """`name: value`."""
    return ast.Property(ast.Identifier(name), value)
