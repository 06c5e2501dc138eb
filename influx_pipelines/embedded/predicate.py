"""The predicate of a delete: comparisons of tags joined by AND, as the server reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from influx_pipelines.embedded.influxql.tokens import SPAN, ParseError, Token, Tokens, expected

_OPERAND = ("identifier", "string", "number", "bool")
_VALUES = ("IDENT", "NUMBER", "INTEGER", "DURATIONVAL", "TRUE", "FALSE")


class PredicateError(Exception):
    """Why a predicate is refused, in the server's words."""


@dataclass(slots=True)
class Predicate:
    """Tags, or `_measurement`, that are there and equal a value (`=`), or another one (`!=`).

    A lone `_measurement != m` has m as `until`: the server then looks only at shard groups that
    hold m, and there only at the measurements up to it.
    """

    rules: list[tuple[str, str, str]] = field(default_factory=list)
    until: str | None = None

    def fits(self, measurement: str, tags: dict[str, str]) -> bool:
        """Whether a series matches."""
        names = {**tags, "_measurement": measurement}
        return all(k in names and (names[k] == v) == (sign == "=") for k, sign, v in self.rules)


def parse_predicate(text: str) -> Predicate:
    """A predicate; the empty one fits everything.

    Raises:
        PredicateError: in the words of the server's own parser of predicates.
        ParseError: in those of InfluxQL, as which the server reads it after that.
    """
    if not text:
        return Predicate()
    reader = _Reader(text)
    reader.read()
    if reader.second is not None:
        raise reader.second
    named = [rule for rule in reader.rules if rule[0] == "_measurement"]
    until = named[0][2] if [sign for _, sign, _ in named] == ["!="] else None
    return Predicate(reader.rules, until)


class _Reader:
    """Reads once; `second` is the first thing that the second reading would not like."""

    def __init__(self, text: str) -> None:
        self.tokens = Tokens(text, comments=True)
        self.rules: list[tuple[str, str, str]] = []
        self.second: ParseError | None = None
        self.joined = True  # nothing, or AND, stands before the next rule
        self.loose = False

    def read(self) -> None:
        operands = [0]  # of each open group
        awaited = True
        while (token := self.tokens.next()).kind != "EOF":
            if token.kind in ("AND", ")") and awaited:
                self.dislike(expected(token, *_OPERAND))
            awaited = token.kind in ("AND", "(")
            if token.kind == "AND":
                self.joined = True
                if operands[-1] > 1 and self.tokens.kind != "(":
                    self.rule(self.tokens.next())
                    awaited = False
            elif token.kind == "(":
                operands.append(0)
            elif token.kind == ")" and len(operands) == 1:
                raise PredicateError("extra ) seen")
            elif token.kind == ")":
                full = bool(operands.pop())
                operands[-1] += full
            elif token.kind in ("NUMBER", "INTEGER", "NAME", "IDENT"):
                self.rule(token)
                operands[-1] += 1
            elif token.kind == "OR":
                text = f"the logical operator OR is not supported yet at position {token.char}"
                raise PredicateError(text)
            else:
                raise PredicateError(f"bad logical expression, at position {token.char}")
        if len(operands) > 1:
            raise PredicateError("extra ( seen")
        if self.loose:
            raise PredicateError(r"the logical operator '\x00' is invalid")
        if awaited:
            self.dislike(expected(token, *_OPERAND))

    def dislike(self, error: ParseError) -> None:
        self.second = self.second or error

    def rule(self, key: Token) -> None:
        if key.kind not in ("IDENT", "NAME"):
            raise PredicateError(f"bad tag key, at position {key.char}")
        if key.kind == "NAME":
            self.dislike(expected(key, *_OPERAND))
        sign = self.tokens.next()
        if sign.kind in ("=~", "!~"):
            text = f'operator: "{sign.kind}" at position: {sign.char} is not supported yet'
            raise PredicateError(text)
        if sign.kind not in ("=", "!="):
            raise PredicateError(f'invalid operator "{sign.kind}" at position: {sign.char}')
        value, minus = self.tokens.next(), ""
        while value.kind == "-":
            value, minus = self.tokens.next(), "-"
        if value.kind not in _VALUES:
            shown = json.dumps(value.text, ensure_ascii=False)
            raise PredicateError(f"bad tag value: {shown}, at position {value.char}")
        if value.kind == "DURATIONVAL" and SPAN.fullmatch(value.text) is None:
            self.dislike(ParseError("invalid duration"))
        truth = value.kind in ("TRUE", "FALSE")
        text = value.kind.lower() if truth else minus + value.text
        self.rules.append((key.text, sign.kind, text))
        self.loose, self.joined = self.loose or not self.joined, False
