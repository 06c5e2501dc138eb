"""The syntax tree as JSON and back, in the form of InfluxData's own front end.

A query's bound parameters travel this way: `extern` holds a File with option statements.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from influx_pipelines.flux import ast

# Fields whose JSON name differs from ours.
_RENAMED = {"with_": "with", "alias": "as"}
_PLACES = ("at", "end")


def to_json(node: Any) -> Any:
    """A node as JSON: `type` and its fields, without places."""
    if isinstance(node, list):
        return [to_json(item) for item in node]
    if isinstance(node, ast.DurationPart):
        return {"magnitude": node.magnitude, "unit": node.unit}
    if not isinstance(node, ast.Node):
        return node
    value: dict[str, Any] = {"type": type(node).__name__}
    for field in dataclasses.fields(node):
        if field.name not in _PLACES:
            name = _RENAMED.get(field.name, field.name)
            value[name] = _plain(node, getattr(node, field.name))
    return value


def _plain(node: ast.Node, value: Any) -> Any:
    """Whole numbers are texts there, since JSON numbers are floats to many readers."""
    if isinstance(node, ast.IntegerLiteral | ast.UnsignedIntegerLiteral):
        return str(value)
    return to_json(value)


_CLASSES: dict[str, type[ast.Node]] = {
    cls.__name__: cls
    for cls in vars(ast).values()
    if isinstance(cls, type) and issubclass(cls, ast.Node) and cls is not ast.Node
}
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
    return cls(**{f.name: _field(cls, f, value) for f in dataclasses.fields(cls) if _is_part(f)})


def _is_part(field: dataclasses.Field[Any]) -> bool:
    return field.name not in _PLACES


def _field(cls: type[ast.Node], field: dataclasses.Field[Any], value: dict[str, Any]) -> Any:
    name = _RENAMED.get(field.name, field.name)
    if name not in value:
        if field.name in _OPTIONAL or (cls is ast.Property and name == "value"):
            return None
        if str(field.type).startswith("list"):  # an empty list may be left out
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
