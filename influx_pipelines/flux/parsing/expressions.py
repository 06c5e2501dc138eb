"""Operators, calls and members; interpolated strings."""

from __future__ import annotations

from collections.abc import Callable

from influx_pipelines.flux import ast
from influx_pipelines.flux.parsing import written
from influx_pipelines.flux.parsing.brackets import Brackets
from influx_pipelines.flux.parsing.cursor import DEEPEST, keep
from influx_pipelines.flux.parsing.lexer import Token
from influx_pipelines.flux.parsing.terminals import bad

# From the loosest to the tightest; operators of one level are read from left to right.
_LEVELS = (
    ("OR",),
    ("AND",),
    ("NOT", "EXISTS"),
    ("EQ", "NEQ", "LTE", "LT", "GTE", "GT", "REGEXEQ", "REGEXNEQ"),
    ("ADD", "SUB"),
    ("MUL", "DIV", "MOD"),
    ("POW",),
    ("PIPE_FORWARD",),
)
_LEVEL = {kind: level for level, kinds in enumerate(_LEVELS, 1) for kind in kinds}
_AND, _WORD, _PRODUCT, _PIPE = (_LEVEL[kind] for kind in ("AND", "NOT", "MUL", "PIPE_FORWARD"))
_LEVEL_AFTER_VALUE = {kind: level for kind, level in _LEVEL.items() if level != _WORD}
Waiting = list[tuple[ast.Expression | None, Token, int]]


class Expressions(Brackets):
    """The rules for expressions."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._values: dict[str, Callable[[], ast.Expression]] = {
            "IDENT": self.identifier,
            "INT": self.integer,
            "FLOAT": self.float_,
            "STRING": self.string,
            "QUOTE": self.interpolated,
            "REGEX": self.regexp,
            "TIME": self.time,
            "DURATION": self.duration,
            "PIPE_RECEIVE": self.pipe_receive,
            "LBRACK": self.array,
            "LBRACE": self.record,
            "LPAREN": self.parenthesis,
            "DOT": self.label,
        }

    def expression(self) -> ast.Expression:
        """Any expression; a token that begins none stays where it is."""
        self.depth += 1
        if self.depth > DEEPEST:
            found: ast.Expression = self.too_deep()
        else:
            found = self._conditional() if self.peek().kind == "IF" else self._operators()
        self.depth -= 1
        return found

    def _conditional(self) -> ast.ConditionalExpression:
        start = self.scan()
        test = self.expression()
        then = self.expect_or_skip("THEN")
        consequent = self.expression() if then.kind == "THEN" else bad(then, "")
        otherwise = self.expect_or_skip("ELSE")
        alternate = self.expression() if otherwise.kind == "ELSE" else bad(otherwise, "")
        place = self.place(start, alternate)
        node = ast.ConditionalExpression(test, consequent, alternate, **place)
        keep(node, tk_if=start, tk_then=then, tk_else=otherwise)
        return node

    def rest(self, name: ast.Identifier) -> ast.Expression:
        """The expression that begins with a name."""
        return self._operators(self._postfix(name))

    def _operators(self, found: ast.Expression | None = None) -> ast.Expression:
        """Values and the operators between them: an operator waits for its right side, and what
        binds as tight as the next operator is joined first.
        """
        waiting: Waiting = []
        found = found or self._operand(waiting, 0)
        while True:
            level = _LEVEL_AFTER_VALUE.get(self.peek().kind, 0)
            while waiting and waiting[-1][2] >= level:
                found = self._operation(*waiting.pop(), found)
            if not level:
                return found
            waiting.append((found, self.scan(), level))
            found = self._operand(waiting, level)

    def _operand(self, waiting: Waiting, level: int) -> ast.Expression:
        """A value with its signs; what binds looser than `not` may have that before it."""
        while level <= _AND and self.peek().kind in ("NOT", "EXISTS"):
            waiting.append((None, self.scan(), _WORD))
        signs = []
        while self.peek().kind in ("ADD", "SUB"):
            signs.append(self.scan())
        found = self._postfix(self.value())
        for sign in reversed(signs):
            found = self._unary(sign, found)
        return found

    def _operation(
        self, left: ast.Expression | None, sign: Token, level: int, right: ast.Expression
    ) -> ast.Expression:
        if left is None:
            return self._unary(sign, right)
        if level == _PIPE:
            return self._piped(left, sign, right)
        if level >= _PRODUCT:
            self.errors.clear()  # the real parser loses them
        kind = ast.LogicalExpression if level <= _AND else ast.BinaryExpression
        node = kind(sign.text, left, right, **self.place(left, right))
        keep(node, comments=sign)
        return node

    def _unary(self, sign: Token, argument: ast.Expression) -> ast.UnaryExpression:
        node = ast.UnaryExpression(sign.text, argument, **self.place(sign, argument))
        keep(node, comments=sign)
        return node

    def _piped(self, left: ast.Expression, sign: Token, call: ast.Expression) -> ast.PipeExpression:
        if not isinstance(call, ast.CallExpression):
            self.errors.append("pipe destination must be a function call")
            call = ast.CallExpression(call, [], **self.place(call, call))
        node = ast.PipeExpression(left, call, **self.place(left, call))
        keep(node, comments=sign)
        return node

    # ------------------------------------------------------------------ members, calls, values

    def _postfix(self, found: ast.Expression) -> ast.Expression:
        while True:
            match self.peek().kind:
                case "DOT":
                    found = self._member(found)
                case "LPAREN":
                    found = self._call(found)
                case "LBRACK":
                    found = self._index(found)
                case _:
                    return found

    def _member(self, found: ast.Expression) -> ast.MemberExpression:
        dot, name = self.scan(), self.identifier()
        node = ast.MemberExpression(found, name, **self.place(found, name))
        keep(node, lbrack=dot)
        return node

    def _call(self, callee: ast.Expression) -> ast.CallExpression:
        start = self.open("LPAREN", "RPAREN")
        properties = self.properties()
        end = self.close("RPAREN")
        node = ast.CallExpression(callee, [], **self.place(callee, end))
        keep(node, lparen=start, rparen=end)
        if properties:
            place = self.place(properties[0], properties[-1])
            node.arguments.append(ast.ObjectExpression(properties, **place))
        return node

    def _index(self, array: ast.Expression) -> ast.MemberExpression | ast.IndexExpression:
        start = self.open("LBRACK", "RBRACK")
        index = self.expressions()
        end = self.close("RBRACK")
        if index is None:
            self.errors.append("no expression included in brackets")
            node = ast.IndexExpression(array, ast.IntegerLiteral(-1), **self.place(array, end))
            node.index.at, node.index.end = start.at, end.end
            return node
        place = self.place(array, end)
        found = (
            ast.MemberExpression(array, index, **place)
            if isinstance(index, ast.StringLiteral)
            else ast.IndexExpression(array, index, **place)
        )
        keep(found, lbrack=start, rbrack=end)
        return found

    def value(self) -> ast.Expression:
        """A literal, a name or what stands in brackets."""
        token = self.peek_value()
        rule = self._values.get(token.kind)
        return rule() if rule else bad(token)

    def interpolated(self) -> ast.StringExpression | ast.BadExpression:
        """`"text ${expression} text"`."""
        start = self.scan()
        parts: list[ast.TextPart | ast.InterpolatedPart] = []
        while True:
            token = self.lexer.scan_text()
            match token.kind:
                case "TEXT":
                    try:
                        text = written.string(token.text)
                    except ValueError:
                        return bad(token)
                    parts.append(ast.TextPart(text, **self.place(token, token)))
                case "STRINGEXPR":
                    inner = self.expression()
                    end = self.expect("RBRACE")
                    parts.append(ast.InterpolatedPart(inner, **self.place(token, end)))
                case "QUOTE":
                    return ast.StringExpression(parts, **self.place(start, token))
                case _:
                    place = f"@{ast.span(token.at, token.end)}: {token.kind}"
                    self.errors.append(f"got unexpected token in string expression {place}")
                    return ast.StringExpression([], **self.place(start, token))
