"""The rules of the formatter, one a class of nodes, and what they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from influx_pipelines.flux import ast
from influx_pipelines.flux.formatting.hang import Hang
from influx_pipelines.flux.formatting.layout import (
    LINE,
    LINE_OR_NOTHING,
    NIL,
    Doc,
    FlatAlt,
    Group,
    Mark,
    between,
    join,
    nest,
)

MANY = 4  # longer lists go on lines of their own
_RULES: dict[type[ast.Node], Callable[[Any], Doc | Hang]] = {}
R = TypeVar("R", bound=Callable[[Any], Doc | Hang])


def rule(*classes: type[ast.Node]) -> Callable[[R], R]:
    """A function is the rule of these classes."""

    def register(function: R) -> R:
        _RULES.update(dict.fromkeys(classes, function))
        return function

    return register


def _found(node: ast.Node) -> Doc | Hang:
    rule = _RULES.get(type(node))
    if rule is None:
        raise ValueError(f"{type(node).__name__} has no text")
    return rule(node)


def plain(node: ast.Node) -> Doc:
    """The document of a node."""
    found = _found(node)
    return found.doc() if isinstance(found, Hang) else found


def doc(node: ast.Node) -> Doc:
    """The document of a node, flat if it fits."""
    return Group(plain(node))


def hang(node: ast.Node) -> Hang:
    """A node as what can hang behind something else."""
    found = _found(node)
    return found if isinstance(found, Hang) else Hang([], Group(found))


def comments(node: ast.Node, name: str = "comments") -> Doc:
    """The comments before a token of a node."""
    texts = (node.comments or {}).get(name, ())
    return join(*(between(text.split("\n"), Mark.HARDLINE) for text in texts))


def after(node: ast.Node, name: str = "comments") -> Doc:
    """Comments that go to the next line where there is no room."""
    found = comments(node, name)
    return NIL if found == NIL else nest(join(LINE, found))


def is_long(node: ast.Node) -> bool:
    """Whether it was written on several lines."""
    return node.at[0] != node.end[0]


def breaks(always: bool) -> tuple[Doc, Doc]:
    """Where lines may break, or always do: between two things, and beside a bracket."""
    return (Mark.HARDLINE, Mark.HARDLINE) if always else (LINE, LINE_OR_NOTHING)


def comma_list(items: Iterable[Doc], line: Doc) -> Doc:
    """With a comma at the end of the last line, if each has its own."""
    parts = [Group(item) for item in items]
    end = FlatAlt(",", NIL) if parts else NIL
    return join(between(parts, join(",", line)), end)
