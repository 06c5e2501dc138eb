"""Tokens of InfluxQL, with the places that the server names in its messages."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

_KEYWORDS = frozenset(
    "ALL ALTER ANALYZE AND ANY AS ASC BEGIN BY CARDINALITY CREATE CONTINUOUS DATABASE DATABASES"
    " DEFAULT DELETE DESC DESTINATIONS DIAGNOSTICS DISTINCT DROP DURATION END EVERY EXACT EXPLAIN"
    " FALSE FIELD FOR FROM GRANT GRANTS GROUP GROUPS IN INF INSERT INTO KEY KEYS KILL LIMIT"
    " MEASUREMENT MEASUREMENTS NAME OFFSET ON OR ORDER PASSWORD POLICY POLICIES PRIVILEGES QUERIES"
    " QUERY READ REPLICATION RESAMPLE RETENTION REVOKE SELECT SERIES SET SHOW SHARD SHARDS SLIMIT"
    " SOFFSET STATS SUBSCRIPTION SUBSCRIPTIONS TAG TO TRUE USER USERS VALUES VERBOSE WHERE WITH"
    " WRITE".split()
)
_DOUBLE, _SINGLE = r"(?:[^\"\\\n]|\\[n\\\"'])*+", r"(?:[^'\\\n]|\\[n\\\"'])*+"
_TOKEN = re.compile(
    r"(?P<WS>[ \t\n]+)|(?P<COMMENT>--[^\n]*\n?|/\*.*?\*/)"
    rf"|(?:[A-Za-z_][A-Za-z0-9_]*)?\"(?P<IDENT>{_DOUBLE})\"|'(?P<STRING>{_SINGLE})'"
    rf"|(?P<BADESCAPE>(?:\"{_DOUBLE}|'{_SINGLE})\\.)|(?P<BADSTRING>\"{_DOUBLE}|'{_SINGLE})"
    r"|(?P<WORD>[A-Za-z_][A-Za-z0-9_]*)|(?P<DURATIONVAL>[0-9]+[A-Za-zµ][A-Za-z0-9µ]*)"
    r"|(?P<NUMBER>[0-9]*\.[0-9]+|[0-9]+\.)|(?P<INTEGER>[0-9]+)|(?P<BOUNDPARAM>\$[A-Za-z0-9_]*)"
    r"|/(?P<REGEX>(?:\\/|[^/\n])*)/|(?P<SIGN>=~|!=|!~|<=|<>|>=|::|[-+*/%&|^=<>(),;:.])"
    r"|(?P<ILLEGAL>.)",
    re.DOTALL,
)
SPAN = re.compile(r"(?:[0-9]+(?:ns|u|µ|ms|m|s|h|d|w))+")  # a duration that is one


class ParseError(Exception):
    """Why a text cannot be read, in the server's words."""


class Token(NamedTuple):
    """`kind` is its name in messages; `text` is empty for keywords and signs."""

    kind: str
    text: str
    line: int
    char: int

    def __str__(self) -> str:
        return self.text or self.kind


def expected(token: Token, *wanted: str) -> ParseError:
    """Another token than those that may stand here."""
    place = f"at line {token.line + 1}, char {token.char + 1}"
    return ParseError(f"found {token}, expected {', '.join(wanted)} {place}")


class Tokens:
    """Tokens, read one by one; the last one, `EOF`, comes again and again."""

    def __init__(self, text: str, *, comments: bool = False) -> None:
        self._tokens = [t for t in _tokenize(text) if comments or t.kind != "COMMENT"]
        self._place = 0

    @property
    def kind(self) -> str:
        """The kind of the next token."""
        return self._tokens[self._place].kind

    def next(self) -> Token:
        """The next token."""
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def take(self, kind: str) -> bool:
        """Whether the next token is of this kind; only then it is read."""
        return self.kind == kind and bool(self.next())

    def want(self, kind: str, name: str = "") -> str:
        """The text of the next token.

        Raises:
            ParseError: it is of another kind.
        """
        token = self.next()
        if token.kind != kind:
            raise expected(token, name or kind)
        return token.text


def _tokenize(text: str) -> list[Token]:
    text = text.partition("\0")[0].replace("\r\n", "\n").replace("\r", "\n")
    newlines = [found.start() for found in re.finditer("\n", text)]

    def token(kind: str, value: str, place: int) -> Token:
        line = bisect_left(newlines, place)
        return Token(kind, value, line, place - (newlines[line - 1] + 1 if line else 0))

    found, kind = [], ""
    for match in _TOKEN.finditer(text):
        kind, place = str(match.lastgroup), match.start()
        if kind == "BADESCAPE":
            place = match.end() - 1
        elif kind.endswith("STRING"):  # its place is that of the character before it
            place = max(place - 1, 0)
        if kind != "WS":
            meaning = _MEANING.get(kind)
            found.append(
                token(*meaning(match[kind]), place) if meaning else token(kind, match[kind], place)
            )
    # The server has looked behind the end after a word or white space.
    return [*found, token("EOF", "", len(text) + (kind in ("WS", "WORD", "BADSTRING")))]


def _word(text: str) -> tuple[str, str]:
    return (text.upper(), "") if text.upper() in _KEYWORDS else ("IDENT", text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)


_MEANING: dict[str, Callable[[str], tuple[str, str]]] = {
    "WORD": _word,
    "SIGN": lambda text: ("!=" if text == "<>" else text, ""),
    "IDENT": lambda text: ("IDENT", _unescaped(text)),
    "STRING": lambda text: ("STRING", _unescaped(text)),
    "BADSTRING": lambda text: ("BADSTRING", _unescaped(text[1:])),
    "BADESCAPE": lambda text: ("BADESCAPE", text[-2:]),
    "COMMENT": lambda text: ("COMMENT", ""),
    "REGEX": lambda text: ("REGEX", text.replace("\\/", "/")),
    "NUMBER": lambda text: ("NUMBER", text.removesuffix(".")),
}
