"""The syntax tree as JSON and back, in the form of InfluxData's own front end.

A query's bound parameters travel this way: `extern` holds a File with option statements.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from influx_pipelines.flux import ast
from influx_pipelines.flux.parsing.written import canonical

# Fields whose JSON name differs from ours.
_RENAMED = {"with_": "with", "alias": "as"}
# What is left out where it is nothing; all else is null.
_LEFT_OUT = {"with", "extends", "arguments"}


def to_json(node: Any, describe: Callable[[ast.Node], dict[str, Any]] | None = None) -> Any:
    """A node as JSON: `type` and its fields, and what `describe` tells of it."""
    if isinstance(node, list):
        return [to_json(item, describe) for item in node]
    if isinstance(node, ast.DurationPart):
        return {"magnitude": node.magnitude, "unit": node.unit}
    if not isinstance(node, ast.Node):
        return node
    if isinstance(node, ast.BadExpression):
        return None
    value = {"type": type(node).__name__, **(describe(node) if describe else {})}
    for name in ast.PARTS[type(node)]:
        label = _RENAMED.get(name, name)
        part = _plain(node, name, describe)
        if part or label not in _LEFT_OUT:
            value[label] = part
    return value


def _plain(node: ast.Node, name: str, describe: Callable[..., Any] | None) -> Any:
    value = getattr(node, name)
    match node:
        case ast.IntegerLiteral() | ast.UnsignedIntegerLiteral():
            return str(value)  # JSON numbers are floats to many readers
        case ast.FloatLiteral() if value.is_integer() and abs(value) < 1e21:
            return int(value)
        case ast.DateTimeLiteral():
            return canonical(value)
    return to_json(value, describe)


def package_to_json(file: ast.File) -> dict[str, Any]:
    """A script as the real server answers it: with places, source texts, errors and comments."""
    encoded = file.source.encode("utf-8", "replace")
    lines = [0, *(match.end() for match in re.finditer(b"\n", encoded))]

    def offset(place: ast.Position) -> int:
        return lines[place[0] - 1] + place[1] - 1

    def describe(node: ast.Node) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: [{"text": text} for text in texts]
            for name, texts in (node.comments or {}).items()
        }
        if node.errors:
            found["errors"] = [{"msg": message} for message in node.errors]
        if node.at != ast.NOWHERE and not isinstance(node, ast.DictItem):
            start, end = ({"line": line, "column": column} for line, column in (node.at, node.end))
            found["location"] = {"start": start, "end": end}
            if source := encoded[offset(node.at) : offset(node.end)].decode():
                found["location"]["source"] = source
        return found

    tree = to_json(file, describe)
    tree.update(metadata="parser-type=rust", imports=tree["imports"] or None)
    name = file.package.name.name if file.package else "main"
    return {"type": "Package", "package": name, "files": [tree]}


_CLASSES = {cls.__name__: cls for cls in ast.PARTS}
_OPTIONAL = {"package", "alias", "with_", "extends"}
# InfluxData's own JSON leaves `type` out where only one kind of node can stand.
_IMPLIED = {
    "id": "Identifier",
    "as": "Identifier",
    "with": "Identifier",
    "path": "StringLiteral",
    "call": "CallExpression",
    "member": "MemberExpression",
    "properties": "Property",
    "params": "Property",
}


def from_json(value: Any) -> ast.File:
    """The File node of a JSON tree.

    Raises:
        ValueError: saying which field is missing or of the wrong form.
    """
    if not isinstance(value, dict):
        raise ValueError("invalid type: expected a File object")
    for name in ("imports", "body"):
        if name not in value:
            raise ValueError(f"missing field `{name}`")
    body = [_node(item) for item in _list(value["body"], "body")]
    imports = [_node(item) for item in _list(value["imports"], "imports")]
    return ast.File(None, imports, body)


def _list(value: Any, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"invalid type: expected a list in `{name}`")
    return value


def _node(value: Any, implied: str | None = None) -> Any:
    if not isinstance(value, dict):
        raise ValueError("invalid type: expected a node")
    kind = value.get("type", implied)
    if kind is None:
        raise ValueError("missing field `type`")
    cls = _CLASSES.get(kind)
    if cls is None:
        raise ValueError(f"unknown variant `{kind}`")
    return cls(**{name: _field(cls, name, value) for name in ast.PARTS[cls]})


def _field(cls: type[ast.Node], field: str, value: dict[str, Any]) -> Any:
    name = _RENAMED.get(field, field)
    if name not in value:
        if field in _OPTIONAL or (cls is ast.Property and name == "value"):
            return None
        if cls.__annotations__[field].startswith("list"):  # an empty list may be left out
            return []
        raise ValueError(f"missing field `{name}`")
    return _convert(cls, value[name], name)


def _convert(cls: type[ast.Node], value: Any, name: str) -> Any:
    if cls is ast.DurationLiteral:
        return [
            ast.DurationPart(int(part["magnitude"]), str(part["unit"]))
            for part in _list(value, name)
        ]
    if cls in (ast.IntegerLiteral, ast.UnsignedIntegerLiteral):
        return int(value)
    if cls is ast.FloatLiteral:
        return float(value)
    if isinstance(value, list):
        return [_node(item, _IMPLIED.get(name)) for item in value]
    if isinstance(value, dict):
        return _node(value, _IMPLIED.get(name))
    return value
