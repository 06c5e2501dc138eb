"""A syntax tree becomes closures: `scope -> value`. Names are resolved before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import singledispatchmethod
from typing import Any

from influx_pipelines.embedded.engine import operators
from influx_pipelines.embedded.engine.access import element, from_library, member
from influx_pipelines.embedded.engine.calls import Caller
from influx_pipelines.embedded.engine.errors import (
    FluxError,
    compile_error,
    not_supported,
    null_error,
)
from influx_pipelines.embedded.engine.patterns import compile_pattern
from influx_pipelines.embedded.engine.registry import PACKAGES, Builtin
from influx_pipelines.embedded.engine.scope import Scope
from influx_pipelines.embedded.engine.syntax import label
from influx_pipelines.embedded.engine.typecheck import check, check_call
from influx_pipelines.embedded.engine.values import (
    Function,
    Uint,
    length_of,
    make_dictionary,
    of_one_kind,
    parse_time,
    to_text,
    type_of,
)
from influx_pipelines.embedded.engine.vectors import on_columns
from influx_pipelines.flux import ast

Closure = Callable[[Scope], Any]


class Compiler:
    """Compiles one script; `known` is the stack of its own names that are visible here."""

    def __init__(self, caller: Caller, library: dict[str, Any]) -> None:
        self.caller = caller
        self.library = library
        self.known: list[set[str]] = [set()]
        self.on_columns = False

    def expression(self, node: Any) -> Closure:
        """The closure of an expression, once its types have been judged."""
        closure = self._closure(node)
        check(node)
        return closure

    @singledispatchmethod
    def _closure(self, node: Any) -> Closure:
        raise not_supported(f"{type(node).__name__}")

    @_closure.register
    def _(self, node: ast.Identifier) -> Closure:
        name = node.name
        if name not in self.library and not any(name in names for names in self.known):
            raise self._unknown(node)
        if name in ("true", "false"):
            truth = name == "true"
            return lambda scope: truth
        return lambda scope: scope.get(name)

    def _unknown(self, node: ast.Identifier) -> FluxError:
        if node.name in PACKAGES["universe"].known:
            return not_supported(f"function {node.name}")
        return compile_error(f"undefined identifier {node.name}", node)

    @_closure.register
    def _(
        self,
        node: ast.StringLiteral
        | ast.TextPart
        | ast.IntegerLiteral
        | ast.UnsignedIntegerLiteral
        | ast.FloatLiteral
        | ast.BooleanLiteral
        | ast.DurationLiteral
        | ast.DateTimeLiteral
        | ast.RegexpLiteral,
    ) -> Closure:
        value = _literal(node)
        return lambda scope: value

    @_closure.register
    def _(self, node: ast.LabelLiteral) -> Closure:
        text = "Labels are currently experimental. (See the labelPolymorphism feature)"
        raise compile_error(text, node)

    @_closure.register
    def _(self, node: ast.StringExpression) -> Closure:
        parts = [self._part(part) for part in node.parts]
        return lambda scope: operators.joined([part(scope) for part in parts])

    def _part(self, part: ast.TextPart | ast.InterpolatedPart) -> Closure:
        if isinstance(part, ast.TextPart):
            return self.expression(part)
        inner = self.expression(part.expression)
        absent = self._absence(part.expression)

        def interpolate(scope: Scope) -> str:
            value = inner(scope)
            if value is None:
                if absent(scope):
                    raise FluxError("invalid interpolation type")
                raise null_error("panic")
            return to_text(value)

        return interpolate

    def _absence(self, node: Any) -> Closure:
        """Whether null is a column that is not there; a null cell has a type and is met later."""
        if not isinstance(node, ast.MemberExpression):
            return lambda scope: False
        record, name = self.expression(node.object), label(node)

        def absent(scope: Scope) -> bool:
            found = record(scope)
            return isinstance(found, dict) and name not in found

        return absent

    @_closure.register
    def _(self, node: ast.ParenExpression) -> Closure:
        return self.expression(node.expression)

    @_closure.register
    def _(self, node: ast.ObjectExpression) -> Closure:
        base = self.expression(node.with_) if node.with_ else None
        items = [self._property(item) for item in node.properties]

        def build(scope: Scope) -> dict[str, Any]:
            values = {name: value(scope) for name, value in items}
            if base is None:
                return values
            found = base(scope)
            if not isinstance(found, dict):
                raise FluxError(f"expected a record but found {type_of(found)}")
            return type(found)({**found, **values})

        return build

    def _property(self, item: ast.Property) -> tuple[str, Closure]:
        return label(item), self.expression(item.key if item.value is None else item.value)

    @_closure.register
    def _(self, node: ast.ArrayExpression) -> Closure:
        elements = [self.expression(element) for element in node.elements]

        return lambda scope: of_one_kind([element(scope) for element in elements])

    @_closure.register
    def _(self, node: ast.DictExpression) -> Closure:
        items = [(self.expression(i.key), self.expression(i.val)) for i in node.elements]
        return lambda scope: make_dictionary((key(scope), value(scope)) for key, value in items)

    @_closure.register
    def _(self, node: ast.MemberExpression) -> Closure:
        inner = self.expression(node.object)
        name = label(node)
        return lambda scope: member(inner(scope), name, node)

    @_closure.register
    def _(self, node: ast.IndexExpression) -> Closure:
        array, index = self.expression(node.array), self.expression(node.index)
        return lambda scope: element(array(scope), index(scope))

    @_closure.register
    def _(self, node: ast.BinaryExpression) -> Closure:
        left, right, sign = self.expression(node.left), self.expression(node.right), node.operator
        if sign == ast.INVALID:
            raise compile_error(f"invalid binary operator {sign}", node)
        return lambda scope: operators.binary(sign, left(scope), right(scope))

    @_closure.register
    def _(self, node: ast.LogicalExpression) -> Closure:
        left, right = self.expression(node.left), self.expression(node.right)
        combine = operators.all_of if node.operator == "and" else operators.any_of
        three, truth = self.on_columns, operators.truth
        return lambda scope: combine(truth(left(scope)), lambda: right(scope), three=three)

    @_closure.register
    def _(self, node: ast.UnaryExpression) -> Closure:
        inner = self.expression(node.argument)
        if node.operator == "exists":
            return lambda scope: inner(scope) is not None
        if node.operator == "not":

            def invert(scope: Scope) -> bool | None:
                value = operators.truth(inner(scope))
                return None if value is None else not value

            return invert
        if node.operator == "+" and len(self.known) == 1:
            raise compile_error("unsupported operator + to unary expression", node)
        return inner if node.operator == "+" else lambda scope: operators.negate(inner(scope))

    @_closure.register
    def _(self, node: ast.ConditionalExpression) -> Closure:
        test = self.expression(node.test)
        then, other = self.expression(node.consequent), self.expression(node.alternate)
        return lambda scope: (then if operators.truth(test(scope)) else other)(scope)

    @_closure.register
    def _(self, node: ast.FunctionExpression) -> Closure:
        defaults: dict[str, Closure | None] = {}
        pipe = None
        for parameter in node.params:
            name = parameter.key.name if isinstance(parameter.key, ast.Identifier) else ""
            value = parameter.value
            if isinstance(value, ast.PipeLiteral):
                pipe, value = name, None
            defaults[name] = None if value is None else self.expression(value)
        self.known.append(set(defaults))
        outer, self.on_columns = self.on_columns, on_columns(node)
        body = self.expression(node.body)
        self.known.pop()
        self.on_columns = outer
        return lambda scope: Function(defaults, pipe, body, scope, node)

    @_closure.register
    def _(self, node: ast.Block) -> Closure:
        # The body of a function: assignments, then `return`.
        steps: list[tuple[str, Closure]] = []
        last = node.body[-1] if node.body else None
        if not isinstance(last, ast.ReturnStatement):
            raise compile_error("missing return statement in block", node)
        parameters = self.known[-1]
        self.known.append(set())
        for statement in node.body[:-1]:
            match statement:
                case ast.VariableAssignment(id=ast.Identifier(name=name), init=init):
                    if name in self.known[-1] | parameters:
                        raise compile_error(f"variable {name} reassigned", statement)
                    steps.append((name, self.expression(init)))
                    self.known[-1].add(name)
                case ast.ExpressionStatement():
                    steps.append(("", self.expression(statement.expression)))
                case _:
                    raise compile_error("invalid statement in a function", node)
        result = self.expression(last.argument)
        self.known.pop()

        def evaluate(scope: Scope) -> Any:
            inner = Scope({}, scope)
            for name, closure in steps:
                inner.values[name] = closure(inner)
            return result(inner)

        return evaluate

    @_closure.register
    def _(self, node: ast.CallExpression) -> Closure:
        return self._call(node, None)

    @_closure.register
    def _(self, node: ast.PipeExpression) -> Closure:
        return self._call(node.call, self.expression(node.argument))

    def _call(self, node: ast.CallExpression, piped: Closure | None) -> Closure:
        callee = self.expression(node.callee)
        check_call(
            from_library(node.callee, self.library, self.known), node, piped=piped is not None
        )
        properties = node.arguments[0].properties if node.arguments else []
        arguments = [self._property(item) for item in properties]
        absences = [self._absence(item.value) for item in properties]
        caller = self.caller

        def call(scope: Scope) -> Any:
            function = callee(scope)
            values = {name: value(scope) for name, value in arguments}
            if isinstance(function, Builtin) and function.strict:
                for value, absent in zip(values.values(), absences, strict=False):
                    if value is None and absent(scope):
                        raise null_error()
            if piped is None:
                return caller.call(function, values, node)
            return caller.call_piped(function, piped(scope), values, node)

        return call


def _literal(node: Any) -> Any:
    match node:
        case ast.UnsignedIntegerLiteral():
            return Uint(node.value)
        case ast.DurationLiteral():
            return length_of((part.magnitude, part.unit) for part in node.values)
        case ast.DateTimeLiteral():
            return parse_time(node.value)
        case ast.RegexpLiteral():
            return compile_pattern(node.value)
    return node.value
