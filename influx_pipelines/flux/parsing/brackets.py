"""What stands in brackets: lists, dictionaries, records, arguments, parentheses, functions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from influx_pipelines.flux import ast
from influx_pipelines.flux.parsing.cursor import DEEPEST, TOO_DEEP, keep
from influx_pipelines.flux.parsing.lexer import Token
from influx_pipelines.flux.parsing.terminals import Terminals, bad

_ENDS_VALUE = ("COMMA", "COLON")


class Brackets(Terminals, ABC):
    """The rules for brackets."""

    @abstractmethod
    def expression(self) -> ast.Expression:
        """Any expression."""

    @abstractmethod
    def rest(self, name: ast.Identifier) -> ast.Expression:
        """The expression that begins with a name."""

    @abstractmethod
    def block(self) -> ast.Block:
        """Statements in braces."""

    def too_deep(self) -> ast.BadExpression:
        """In place of what is nested too deep: the next token."""
        self.errors.append(TOO_DEEP)
        return bad(self.scan())

    def array(self) -> ast.ArrayExpression | ast.DictExpression:
        """`[a, b]`, `["a": 1]` or `[:]`."""
        start = self.open("LBRACK", "RBRACK")
        match self.peek().kind:
            case "RBRACK":
                return self._array(start, [])
            case "COLON":
                self.scan()
                return self._dictionary(start, [])
        first = self.expression()
        if self.peek().kind == "COLON":
            self.scan()
            items = [_item(first, self.expression())]
            for _ in self._further():
                key = self.expression()
                self.expect("COLON")
                items.append(_item(key, self.expression()))
            return self._dictionary(start, items)
        elements = [first]
        for _ in self._further():
            elements.append(self.expression())
        return self._array(start, elements)

    def _further(self) -> Iterator[None]:
        """Once for every further item; only the first comma must be there."""
        if self.peek().kind == "RBRACK":
            return
        self.expect("COMMA")
        for _ in self.progress():
            yield
            if self.peek().kind == "COMMA":
                self.scan()

    def progress(self) -> Iterator[None]:
        """While there is more, and each turn gets on."""
        before = -1
        while self.more() and self.peek().offset != before:
            before = self.peek().offset
            yield

    def _array(self, start: Token, elements: list[ast.Expression]) -> ast.ArrayExpression:
        end = self.close("RBRACK")
        node = ast.ArrayExpression(elements, **self.place(start, end))
        keep(node, lbrack=start, rbrack=end)
        return node

    def _dictionary(self, start: Token, items: list[ast.DictItem]) -> ast.DictExpression:
        end = self.close("RBRACK")
        node = ast.DictExpression(items, **self.place(start, end))
        keep(node, lbrack=start, rbrack=end)
        return node

    # ------------------------------------------------------------------ records and arguments

    def record(self) -> ast.ObjectExpression:
        """`{a: 1}` or `{r with a: 1}`."""
        start = self.open("LBRACE", "RBRACE")
        base, key = None, self._key()
        if isinstance(key, ast.Identifier) and self.peek().kind == "IDENT":
            base, key = key, None
            if self.scan().text != "with":
                self.errors.append("")
        first = [self._property(key)] if key else []
        if key and self.more():
            self._comma(first[0], self.errors)
        properties = first + self.properties()
        end = self.close("RBRACE")
        node = ast.ObjectExpression(properties, with_=base, **self.place(start, end))
        keep(node, lbrace=start, rbrace=end)
        return node

    def properties(self) -> list[ast.Property]:
        """The members of a record or the arguments of a call."""
        found: list[ast.Property] = []
        missing: list[str] = []
        for _ in self.progress():
            key = self._key()
            one = self._property(key) if key else self._property_without_key()
            if self.more():
                self._comma(one, missing)
            found.append(one)
        self.errors.extend(missing)
        return found

    def _key(self) -> ast.Identifier | ast.StringLiteral | None:
        match self.peek().kind:
            case "IDENT":
                return self.identifier()
            case "STRING":
                return self.string()
        return None

    def _comma(self, after: ast.Property, errors: list[str]) -> None:
        if self.peek().kind == "COMMA":
            keep(after, comma=self.scan())
        else:
            errors.append(f"expected comma in property list, got {self.peek().kind}")

    def _property(self, key: ast.Identifier | ast.StringLiteral) -> ast.Property:
        if self.peek().kind != "COLON":
            return ast.Property(key, None, **self.place(key, key))
        colon = self.scan()
        value = self.expressions(_ENDS_VALUE)
        if value is None:
            self.errors.append("missing property value")
        node = ast.Property(key, value, **self.place(key, value or key))
        keep(node, separator=colon)
        return node

    def _property_without_key(self) -> ast.Property:
        start = self.peek()
        value = None
        error = "missing property in property list"
        if start.kind == "COLON":
            error = "missing property key"
        elif start.kind != "COMMA":
            error = f"unexpected token for property key: {start.kind} ({start.text})"
            self.expressions(_ENDS_VALUE)  # to get on to where a value may begin
        if self.peek().kind == "COLON":
            self.scan()
            value = self.expressions(_ENDS_VALUE)
            if value is None:
                self.errors.append("missing property value")
        self.errors.append(error)
        node = ast.Property(ast.StringLiteral("<invalid>"), value, **self.place(start, start))
        node.end = self.peek().at
        node.key.at = node.key.end = start.at
        return node

    def expressions(self, stops: tuple[str, ...] = ()) -> ast.Expression | None:
        """All expressions up to a stop; without an operator between them they are an error."""
        found: ast.Expression | None = None
        while self.peek().kind not in stops and self.more():
            found = self._joined(found, self.expression())
        return found

    def _joined(self, left: ast.Expression | None, right: ast.Expression) -> ast.Expression | None:
        if isinstance(right, ast.BadExpression):
            token = self.scan()
            place = ast.span(token.at, token.end)
            self.errors.append(f"invalid expression @{place}: {token.text}")
            return left
        if left is None:
            return right
        return ast.BinaryExpression(ast.INVALID, left, right, **self.place(left, right))

    # ------------------------------------------------------------------ parentheses and functions

    def parenthesis(self) -> ast.Expression:
        """`(expression)` or a function."""
        start = self.open("LPAREN", "RPAREN")
        first = self.peek()
        match first.kind:
            case "RPAREN":
                return self._function(start, [], self.close("RPAREN"))
            case "IDENT":
                return self._after_name(start, self.identifier())
        inner = self.expressions() or bad(first, first.text)
        return self._parenthesised(start, inner, self.close("RPAREN"))

    def _after_name(self, start: Token, name: ast.Identifier) -> ast.Expression:
        match self.peek().kind:
            case "RPAREN":
                end = self.close("RPAREN")
                if self.peek().kind != "ARROW":
                    return self._parenthesised(start, name, end)
                return self._function(start, [self._parameter(name)], end)
            case "ASSIGN" | "COMMA":
                parameters = self._parameters(self._parameter(name))
                return self._function(start, parameters, self.close("RPAREN"))
        self.depth += 1
        inner = self.rest(name) if self.depth <= DEEPEST else self.too_deep()
        self.depth -= 1
        for _ in self.progress():
            inner = self._joined(inner, self.expression()) or inner
        return self._parenthesised(start, inner, self.close("RPAREN"))

    def _parenthesised(
        self, start: Token, inner: ast.Expression, end: Token
    ) -> ast.ParenExpression:
        node = ast.ParenExpression(inner, **self.place(start, end))
        keep(node, lparen=start, rparen=end)
        return node

    def _function(
        self, start: Token, parameters: list[ast.Property], end: Token
    ) -> ast.FunctionExpression:
        arrow = self.expect_or_skip("ARROW")
        body = self.block() if self.peek().kind == "LBRACE" else self.expression()
        node = ast.FunctionExpression(parameters, body, **self.place(start, body))
        keep(node, lparen=start, rparen=end, arrow=arrow)
        return node

    def _parameters(self, one: ast.Property) -> list[ast.Property]:
        found = [one]
        if self.peek().kind != "COMMA":
            return found
        keep(one, comma=self.scan())
        for _ in self.progress():
            one = self._parameter(self.identifier())
            found.append(one)
            if self.peek().kind == "COMMA":
                keep(one, comma=self.scan())
        return found

    def _parameter(self, name: ast.Identifier) -> ast.Property:
        if self.peek().kind != "ASSIGN":
            return ast.Property(name, None, **self.place(name, name))
        separator = self.scan()
        value = self.expression()
        node = ast.Property(name, value, **self.place(name, value))
        keep(node, separator=separator)
        return node


def _item(key: ast.Expression, value: ast.Expression) -> ast.DictItem:
    return ast.DictItem(key, value, at=key.at, end=value.end)
