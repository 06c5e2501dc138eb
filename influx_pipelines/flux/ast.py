"""The syntax tree of Flux.

One class a node, named and shaped like the nodes of InfluxData's JSON syntax tree, so that a tree
of ours can be held against one of the real front end, and a tree that arrives as JSON (the `extern`
of a query) can be read. Places are line and column, both from one, columns in bytes of UTF-8.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

Position = tuple[int, int]
NOWHERE: Position = (0, 0)
INVALID = "<INVALID_OP>"


def span(at: Position, end: Position) -> str:
    """`1:2-3:4`, as error messages name a place."""
    return f"{at[0]}:{at[1]}-{end[0]}:{end[1]}"


@dataclass(slots=True, kw_only=True)
class Node:
    """What every node has: where it begins and ends, the comments before its tokens, its errors.

    `comments` are kept by the name that InfluxData's JSON has for the token they stand before.
    """

    at: Position = field(default=NOWHERE, compare=False, repr=False)
    end: Position = field(default=NOWHERE, compare=False, repr=False)
    comments: dict[str, list[str]] | None = field(default=None, compare=False, repr=False)
    errors: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(slots=True)
class Identifier(Node):
    """A name."""

    name: str


@dataclass(slots=True)
class StringLiteral(Node):
    """Text between quotes, with its escapes resolved; `raw` is the literal as written."""

    value: str
    raw: str | None = field(default=None, compare=False, kw_only=True, repr=False)


@dataclass(slots=True)
class TextPart(Node):
    """The plain text between two interpolations, with its escapes resolved."""

    value: str


@dataclass(slots=True)
class InterpolatedPart(Node):
    """`${expression}` within a string."""

    expression: Expression


@dataclass(slots=True)
class StringExpression(Node):
    """A string with at least one interpolation."""

    parts: list[TextPart | InterpolatedPart]


@dataclass(slots=True)
class BooleanLiteral(Node):
    """`true` or `false`; only in trees that arrive as JSON, a parser gives identifiers."""

    value: bool


@dataclass(slots=True)
class IntegerLiteral(Node):
    """A signed whole number; never negative, the sign is a `UnaryExpression`."""

    value: int


@dataclass(slots=True)
class UnsignedIntegerLiteral(Node):
    """An unsigned whole number; only in trees that arrive as JSON."""

    value: int


@dataclass(slots=True)
class FloatLiteral(Node):
    """A number with a fraction; `raw` is the literal as written."""

    value: float
    raw: str | None = field(default=None, compare=False, kw_only=True, repr=False)


@dataclass(slots=True)
class DurationPart:
    """One magnitude and its unit, `3h`."""

    magnitude: int
    unit: str


@dataclass(slots=True)
class DurationLiteral(Node):
    """One or more magnitudes with units, in the order written."""

    values: list[DurationPart]


@dataclass(slots=True)
class DateTimeLiteral(Node):
    """A point in time; `value` is the text as written (RFC 3339 or a date alone)."""

    value: str


@dataclass(slots=True)
class RegexpLiteral(Node):
    """`/pattern/`, with an escaped slash resolved."""

    value: str


@dataclass(slots=True)
class PipeLiteral(Node):
    """`<-`, the default of a pipe parameter."""


@dataclass(slots=True)
class LabelLiteral(Node):
    """`.name`, a label as a value."""

    value: str


@dataclass(slots=True)
class BadExpression(Node):
    """What stands where an expression should; only in trees of broken scripts."""

    text: str


@dataclass(slots=True)
class Property(Node):
    """`key: value` in a record, an argument list or a parameter list; `value` may be absent."""

    key: Identifier | StringLiteral
    value: Expression | None


@dataclass(slots=True)
class ObjectExpression(Node):
    """A record `{a: 1}` or `{r with a: 1}`; also the argument list of a call."""

    with_: Identifier | None = field(default=None, kw_only=True)
    properties: list[Property]


@dataclass(slots=True)
class ArrayExpression(Node):
    """`[a, b]`."""

    elements: list[Expression]


@dataclass(slots=True)
class DictItem(Node):
    """`key: value` of a dictionary."""

    key: Expression
    val: Expression


@dataclass(slots=True)
class DictExpression(Node):
    """`["a": 1]`, or the empty `[:]`."""

    elements: list[DictItem]


@dataclass(slots=True)
class FunctionExpression(Node):
    """`(a, b=1, tables=<-) => body`; a parameter is a property whose value is its default."""

    params: list[Property]
    body: Expression | Block


@dataclass(slots=True)
class CallExpression(Node):
    """`callee(a: 1)`; `arguments` is empty or holds one `ObjectExpression`."""

    callee: Expression
    arguments: list[ObjectExpression]


@dataclass(slots=True)
class PipeExpression(Node):
    """`argument |> call`."""

    argument: Expression
    call: CallExpression


@dataclass(slots=True)
class MemberExpression(Node):
    """`object.name` or `object["name"]`."""

    object: Expression
    property: Identifier | StringLiteral


@dataclass(slots=True)
class IndexExpression(Node):
    """`array[index]`."""

    array: Expression
    index: Expression


@dataclass(slots=True)
class BinaryExpression(Node):
    """Arithmetic or comparison; `INVALID` where two expressions stand without an operator."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True)
class LogicalExpression(Node):
    """`and`, `or`."""

    operator: str
    left: Expression
    right: Expression


@dataclass(slots=True)
class UnaryExpression(Node):
    """`- + not exists`."""

    operator: str
    argument: Expression


@dataclass(slots=True)
class ConditionalExpression(Node):
    """`if test then consequent else alternate`."""

    test: Expression
    consequent: Expression
    alternate: Expression


@dataclass(slots=True)
class ParenExpression(Node):
    """`(expression)`."""

    expression: Expression


Expression = (
    Identifier
    | StringLiteral
    | StringExpression
    | BooleanLiteral
    | IntegerLiteral
    | UnsignedIntegerLiteral
    | FloatLiteral
    | DurationLiteral
    | DateTimeLiteral
    | RegexpLiteral
    | PipeLiteral
    | LabelLiteral
    | BadExpression
    | ObjectExpression
    | ArrayExpression
    | DictExpression
    | FunctionExpression
    | CallExpression
    | PipeExpression
    | MemberExpression
    | IndexExpression
    | BinaryExpression
    | LogicalExpression
    | UnaryExpression
    | ConditionalExpression
    | ParenExpression
)


@dataclass(slots=True)
class VariableAssignment(Node):
    """`name = init`."""

    id: Identifier
    init: Expression


@dataclass(slots=True)
class MemberAssignment(Node):
    """`package.name = init`, only after `option`."""

    member: MemberExpression
    init: Expression


@dataclass(slots=True)
class ExpressionStatement(Node):
    """An expression that stands alone: its tables are a result."""

    expression: Expression


@dataclass(slots=True)
class ReturnStatement(Node):
    """`return expression`, the last statement of a function block."""

    argument: Expression


@dataclass(slots=True)
class OptionStatement(Node):
    """`option name = value`."""

    assignment: VariableAssignment | MemberAssignment


@dataclass(slots=True)
class TestCaseStatement(Node):
    """`testcase name extends "other" { … }`."""

    id: Identifier
    extends: StringLiteral | None
    block: Block


@dataclass(slots=True)
class BadStatement(Node):
    """A token that begins no statement; only in trees of broken scripts."""

    text: str


Statement = (
    VariableAssignment
    | ExpressionStatement
    | ReturnStatement
    | OptionStatement
    | TestCaseStatement
    | BadStatement
)


@dataclass(slots=True)
class Block(Node):
    """`{ statements }`, the body of a function."""

    body: list[Statement]


@dataclass(slots=True)
class ImportDeclaration(Node):
    """`import name "path"`; `alias` is the name, when one is given."""

    alias: Identifier | None
    path: StringLiteral


@dataclass(slots=True)
class PackageClause(Node):
    """`package name`."""

    name: Identifier


@dataclass(slots=True)
class File(Node):
    """A whole script; `source` is its text."""

    package: PackageClause | None
    imports: list[ImportDeclaration]
    body: list[Statement]
    source: str = field(default="", compare=False, kw_only=True, repr=False)


_APART = {field.name for field in fields(Node)} | {"raw", "source"}
# The fields that make the tree, in the order of the real front end, for each class.
PARTS: dict[type[Node], tuple[str, ...]] = {
    cls: tuple(field.name for field in fields(cls) if field.name not in _APART)
    for cls in list(vars().values())
    if isinstance(cls, type) and issubclass(cls, Node)
}
