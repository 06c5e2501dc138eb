"""Where the parser stands in a script, and what it found wrong since the last node."""

from __future__ import annotations

from typing import TypedDict

from influx_pipelines.flux.ast import Node, Position
from influx_pipelines.flux.parsing.lexer import Lexer, Token

DEEPEST = 80
TOO_DEEP = "Program is nested too deep"


class Place(TypedDict):
    """What the parser gives every node."""

    at: Position
    end: Position
    errors: tuple[str, ...]


class Cursor:
    """One token ahead; errors wait here until the next node takes them."""

    def __init__(self, source: str) -> None:
        self.lexer = Lexer(source)
        self.errors: list[str] = []
        self.depth = 0
        self._ahead: Token | None = None
        self._open = {"RPAREN": 0, "RBRACK": 0, "RBRACE": 0}

    def peek(self) -> Token:
        """The next token, which stays the next one."""
        if self._ahead is None:
            self._ahead = self.lexer.scan()
        return self._ahead

    def peek_value(self) -> Token:
        """The next token where a value may stand: a slash begins a regular expression."""
        token = self.peek()
        if token.kind == "DIV":
            token = self._ahead = self.lexer.as_pattern(token)
        return token

    def scan(self) -> Token:
        """The next token, consumed."""
        token = self.peek()
        self._ahead = None
        return token

    def expect(self, *kinds: str) -> Token:
        """The next token, consumed even when it is another."""
        token = self.scan()
        if token.kind not in kinds:
            self._expected(" or".join(f" `{k}`" for k in kinds) if kinds[1:] else kinds[0], token)
        return token

    def expect_or_skip(self, kind: str) -> Token:
        """The next token if it is of the kind, else one without text that stands before it."""
        token = self.peek()
        if token.kind == kind:
            return self.scan()
        self._expected(kind, token)
        if token.kind == "EOF":
            return token
        return Token("ILLEGAL", "", token.offset, token.at, token.at, [])

    def _expected(self, what: str, token: Token) -> None:
        got = "EOF"
        if token.kind != "EOF":
            got = f"{token.kind} ({token.text}) at {token.at[0]}:{token.at[1]}"
        self.errors.append(f"expected {what}, got {got}")

    def open(self, start: str, end: str) -> Token:
        """The bracket that begins what `end` will close."""
        token = self.expect(start)
        self._open[end] += 1
        return token

    def more(self) -> bool:
        """Whether the next token closes nothing that is open."""
        kind = self.peek().kind
        return kind != "EOF" and not self._open.get(kind)

    def close(self, end: str) -> Token:
        """The closing bracket; another token stays where it is."""
        self._open[end] -= 1
        token = self.peek()
        if token.kind == end:
            return self.scan()
        self.errors.append(f"expected {end}, got {token.kind}")
        return token

    def place(self, start: Token | Node, end: Token | Node) -> Place:
        """Where a node begins and ends; it takes the errors found since the last node."""
        errors = tuple(self.errors)
        self.errors.clear()
        return {"at": start.at, "end": end.end, "errors": errors}


def keep(node: Node, **tokens: Token) -> None:
    """Keep the comments before tokens of a node, by the name of the token."""
    for name, token in tokens.items():
        if token.comments:
            node.comments = {**(node.comments or {}), name: token.comments}
