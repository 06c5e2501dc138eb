"""The nodes that are made of one token: names and literals."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from influx_pipelines.flux import ast
from influx_pipelines.flux.parsing import regexps, written
from influx_pipelines.flux.parsing.cursor import Cursor, keep
from influx_pipelines.flux.parsing.lexer import Token

N = TypeVar("N", bound=ast.Node)
V = TypeVar("V")


def bad(token: Token, text: str | None = None) -> ast.BadExpression:
    """A node for what is no expression; it leaves the errors to its parent."""
    text = f"invalid token for primary expression: {token.kind}" if text is None else text
    return ast.BadExpression(text, at=token.at, end=token.end)


def _pattern(text: str) -> str:
    return regexps.check(written.pattern(text))


class Terminals(Cursor):
    """A literal that cannot be resolved is an error and stands for nothing."""

    def identifier(self) -> ast.Identifier:
        """A name, or an empty one where a name is missing."""
        token = self.expect_or_skip("IDENT")
        return self._leaf(ast.Identifier(token.text, **self.place(token, token)), token)

    def string(self) -> ast.StringLiteral:
        """A string without interpolations."""
        token = self.expect("STRING")
        value = self._resolved(self._string_value, token.text, "")
        node = ast.StringLiteral(value, raw=token.text, **self.place(token, token))
        return self._leaf(node, token)

    def integer(self) -> ast.IntegerLiteral:
        """A whole number."""
        token = self.scan()
        value = self._resolved(written.integer, token.text, 0)
        return self._leaf(ast.IntegerLiteral(value, **self.place(token, token)), token)

    def float_(self) -> ast.FloatLiteral:
        """A number with a point."""
        token = self.scan()
        node = ast.FloatLiteral(float(token.text), raw=token.text, **self.place(token, token))
        return self._leaf(node, token)

    def regexp(self) -> ast.RegexpLiteral:
        """A regular expression."""
        token = self.scan()
        value = self._resolved(_pattern, token.text[1:-1], "")
        return self._leaf(ast.RegexpLiteral(value, **self.place(token, token)), token)

    def time(self) -> ast.DateTimeLiteral | ast.BadExpression:
        """A date or a point in time."""
        token = self.scan()
        try:
            value = written.moment(token.text)
        except ValueError:
            return bad(token, "invalid date time literal, missing time offset")
        return self._leaf(ast.DateTimeLiteral(value, **self.place(token, token)), token)

    def duration(self) -> ast.DurationLiteral | ast.BadExpression:
        """A duration."""
        token = self.scan()
        try:
            parts = written.duration(token.text)
        except ValueError:
            return bad(token)
        return self._leaf(ast.DurationLiteral(parts, **self.place(token, token)), token)

    def pipe_receive(self) -> ast.PipeLiteral:
        """`<-`."""
        token = self.scan()
        return self._leaf(ast.PipeLiteral(**self.place(token, token)), token)

    def label(self) -> ast.LabelLiteral:
        """`.name` or `."name"`."""
        dot, token = self.scan(), self.expect("IDENT", "STRING")
        place = self.place(dot, token)
        value = token.text
        if token.kind == "STRING":
            value = self._resolved(self._string_value, token.text, "")
            self.errors.clear()  # the real parser loses them
        return ast.LabelLiteral(value, **place)

    def _string_value(self, text: str) -> str:
        if len(text) < 2 or not text.startswith('"'):  # the token that stands in its place
            raise ValueError("invalid string literal")
        return written.string(text[1:-1])

    def _resolved(self, resolve: Callable[[str], V], text: str, otherwise: V) -> V:
        try:
            return resolve(text)
        except ValueError as error:
            self.errors.append(str(error))
            return otherwise

    def _leaf(self, node: N, token: Token) -> N:
        keep(node, comments=token)
        return node
