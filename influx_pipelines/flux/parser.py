"""Parse Flux: lexer, LALR grammar (Lark), tree builder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError
from lark.lexer import Lexer as LarkLexer

from influx_pipelines.flux import ast
from influx_pipelines.flux.lexer import FluxSyntaxError, Lexer
from influx_pipelines.flux.transform import TreeBuilder

__all__ = ["FluxSyntaxError", "parse"]


def parse(source: str) -> ast.File:
    """The syntax tree of a script.

    Raises:
        FluxSyntaxError: with line and column, both from one.
    """
    lexer = Lexer(source)
    try:
        tree = _lark().parse(lexer)
    except UnexpectedToken as error:
        raise _explain(lexer, error) from None
    except UnexpectedInput as error:
        raise FluxSyntaxError("invalid syntax", error.line, error.column) from None
    try:
        file: ast.File = TreeBuilder().transform(tree)
    except VisitError as error:
        raise error.orig_exc from None
    return file


class _Tokens(LarkLexer):
    """Our lexer in the shape that Lark wants."""

    def __init__(self, conf: Any) -> None:
        """Lark gives its configuration; ours needs none."""

    def lex(self, data: Any) -> Iterator[Token]:
        """The tokens of a `Lexer`, with their places."""
        for token in data.tokens():
            line, column = data.position(token.start)
            end_line, end_column = data.position(token.end)
            yield Token(token.kind, token.text, token.start, line, column, end_line, end_column)


@cache
def _lark() -> Lark:
    grammar = Path(__file__).with_name("grammar.lark").read_text()
    return Lark(
        grammar,
        start="file",
        parser="lalr",
        lexer=_Tokens,
        propagate_positions=True,
        maybe_placeholders=False,
        keep_all_tokens=True,
    )


def _explain(lexer: Lexer, error: UnexpectedToken) -> FluxSyntaxError:
    if error.token.type == "$END":
        line, column = lexer.position(len(lexer.source.rstrip()))
        return FluxSyntaxError("the script ends too early", line, column)
    return FluxSyntaxError(f"unexpected {str(error.token)!r}", error.line, error.column)
