"""What is wrong with a script, as the two halves of the real server tell it.

Its compiler (in Rust) reports all that the parser found and two things more. The tasks, the checks
and the editor's help (in Go) get the tree over JSON, where bad expressions are gone, and look again
for themselves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from influx_pipelines.flux import ast
from influx_pipelines.flux.parsing.cursor import TOO_DEEP

DEEPEST = 180


@dataclass(frozen=True, slots=True)
class Fault:
    """An error and the place of the node that has it."""

    message: str
    at: ast.Position
    end: ast.Position

    @property
    def span(self) -> str:
        """`1:2-3:4`."""
        return ast.span(self.at, self.end)

    @property
    def located(self) -> str:
        """As tasks and checks write it: `loc 1:2-3:4: message`."""
        return f"loc {self.span}: {self.message}"


class FluxSyntaxError(ValueError):
    """A script that does not parse, with its errors in the order of the real server."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n\n".join(f"error @{fault.span}: {fault.message}" for fault in faults))
        self.faults = faults


def faults_of_compiler(file: ast.File) -> list[Fault]:
    """The errors that a query is answered with."""
    found: list[Fault] = []
    for node, depth in _walk(file, _children):
        messages = _of_compiler(node) if depth <= DEEPEST else [TOO_DEEP]
        found.extend(Fault(message, node.at, node.end) for message in messages)
    return found


def faults_of_script(file: ast.File, looks: int = 1) -> list[Fault]:
    """The errors that tasks and checks are refused with; at a second look some come again."""
    found: list[Fault] = []
    nameless: set[int] = set()  # texts that stand for a member and have no value
    for node, depth in _walk(file, _children_over_json):
        if isinstance(node, ast.BinaryExpression) and node.operator == ast.INVALID:
            return [Fault(f'unknown operator "{ast.INVALID}"', ast.NOWHERE, ast.NOWHERE)]
        messages = list(node.errors) if depth <= DEEPEST else [TOO_DEEP]
        if isinstance(node, ast.StringLiteral) and id(node) in nameless:
            text = f"string literal key {json.dumps(node.value)} must have a value"
            found.append(Fault(text, node.at, node.end))  # its property spans no more than it
        for _ in range(looks):
            messages.extend(_of_script(node, nameless))
        found.extend(Fault(message, node.at, node.end) for message in messages)
    return found


def _of_compiler(node: ast.Node) -> Iterator[str]:
    yield from node.errors
    match node:
        case ast.BadStatement():
            yield f"invalid statement: {node.text}"
        case ast.BadExpression() if node.text:
            yield f"invalid expression: {node.text}"
        case ast.ObjectExpression():
            whole = [one for one in node.properties if not one.errors]
            for one in whole:
                if one.value is None and isinstance(one.key, ast.StringLiteral):
                    yield f"string literal key {one.key.value} must have a value"
            if len({one.value is None for one in whole}) > 1:
                yield "cannot mix implicit and explicit properties"


def _of_script(node: ast.Node, nameless: set[int]) -> Iterator[str]:
    match node:
        case ast.BadStatement():
            yield f"invalid statement @{ast.span(node.at, node.end)}: {node.text}"
        case ast.BinaryExpression():
            for side, operand in (("left", node.left), ("right", node.right)):
                if _is_lost(operand):
                    yield f"missing {side} hand side of expression"
        case ast.ObjectExpression():
            kinds = set()
            for one in node.properties:
                if one.errors or id(one.key) in nameless:
                    break
                kinds.add(_is_lost(one.value))
                if _is_lost(one.value) and isinstance(one.key, ast.StringLiteral):
                    nameless.add(id(one.key))
            if len(kinds) > 1:
                yield "cannot mix implicit and explicit properties"


def _is_lost(node: ast.Node | None) -> bool:
    return node is None or isinstance(node, ast.BadExpression)


# ------------------------------------------------------------------ walking the tree


def _walk(
    file: ast.File, below: Callable[[ast.Node], list[ast.Node]]
) -> Iterator[tuple[ast.Node, int]]:
    """Every node before those below it, with its depth; not what is nested too deep."""
    waiting: list[tuple[ast.Node, int]] = [(file, 2)]  # the real tree has a package above
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        if depth <= DEEPEST:
            waiting.extend((child, depth + 1) for child in reversed(below(node)))


def _children(node: ast.Node) -> list[ast.Node]:
    found: list[ast.Node] = []
    for name in ast.PARTS[type(node)]:
        value = getattr(node, name) if name != "extends" else None  # never looked at
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.DictItem):
                found += [item.key, item.val]
            elif isinstance(item, ast.Node):
                found.append(item)
    return found


def _children_over_json(node: ast.Node) -> list[ast.Node]:
    found = [child for child in _children(node) if not _is_lost(child)]
    if isinstance(node, ast.ConditionalExpression):
        found = [
            child for child in (node.test, node.alternate, node.consequent) if not _is_lost(child)
        ]
    return found
