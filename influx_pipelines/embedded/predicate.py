"""The predicate of a delete: comparisons of tags joined by AND, as the server reads it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from influx_pipelines.embedded.influxql.tokens import SPAN, ParseError, Token, Tokens, expected

_OPERAND = ("identifier", "string", "number", "bool")
Rule = tuple[str, str, str]  # tag, sign, value
_VALUES = ("IDENT", "NUMBER", "INTEGER", "DURATIONVAL", "TRUE", "FALSE")


class PredicateError(Exception):
    """Why a predicate is refused, in the server's words."""


@dataclass(slots=True)
class Predicate:
    """Tags, or `_measurement`, that are there and equal a value (`=`), or another one (`!=`).

    A lone `_measurement != m` has m as `until`: the server then looks only at shard groups that
    hold m, and there only at the measurements up to it.
    """

    rules: list[Rule] = field(default_factory=list)
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
    rules = reader.read()
    if reader.second is not None:
        raise reader.second
    named = [rule for rule in rules if rule[0] == "_measurement"]
    until = named[0][2] if [sign for _, sign, _ in named] == ["!="] else None
    return Predicate(rules, until)


class _Group:
    """What stands in brackets: a pair, of which the server forgets the second before a third."""

    def __init__(self) -> None:
        self.pair: list[list[Rule]] = []
        self.joined = False

    def add(self, rules: list[Rule]) -> None:
        self.pair[1:] = [rules] if self.pair else []
        self.pair = self.pair or [rules]

    @property
    def rules(self) -> list[Rule]:
        return [rule for rules in self.pair for rule in rules]

    @property
    def loose(self) -> bool:
        return len(self.pair) == 2 and not self.joined

    def join(self) -> bool:
        """An AND; whether it stands behind a pair, which is then the first of another one."""
        self.joined, full = True, len(self.pair) == 2
        self.pair = [self.rules] if self.pair else []
        return full


class _Reader:
    """Reads once; `second` is the first thing that the second reading would not like."""

    def __init__(self, text: str) -> None:
        self.tokens = Tokens(text, comments=True)
        self.second: ParseError | None = None
        self.ended = False

    def read(self) -> list[Rule]:
        groups = [_Group()]
        loose = False
        awaited = True
        while (token := self.tokens.next()).kind != "EOF":
            if token.kind in ("AND", ")") and awaited:
                self.dislike(expected(token, *_OPERAND))
            if not awaited and token.kind not in ("AND", ")"):
                # Only the first reading goes on behind two terms without an AND.
                if len(groups) > 1:
                    self.dislike(expected(token, ")"))
                self.ended = True
            awaited = token.kind in ("AND", "(")
            if token.kind == "AND":
                if groups[-1].join() and self.tokens.kind != "(":
                    groups[-1].add(self.rule(self.tokens.next()))
                    awaited = False
            elif token.kind == "(":
                groups.append(_Group())
            elif token.kind == ")" and len(groups) == 1:
                raise PredicateError("extra ) seen")
            elif token.kind == ")":
                done = groups.pop()
                loose = loose or done.loose
                if done.pair:
                    groups[-1].add(done.rules)
            elif token.kind in ("NUMBER", "INTEGER", "NAME", "IDENT"):
                groups[-1].add(self.rule(token))
            elif token.kind == "OR":
                text = f"the logical operator OR is not supported yet at position {token.char}"
                raise PredicateError(text)
            else:
                raise PredicateError(f"bad logical expression, at position {token.char}")
        if len(groups) > 1:
            raise PredicateError("extra ( seen")
        if loose or groups[0].loose:
            raise PredicateError(r"the logical operator '\x00' is invalid")
        if awaited:
            self.dislike(expected(token, *_OPERAND))
        return groups[0].rules

    def dislike(self, error: ParseError) -> None:
        if not self.ended:
            self.second = self.second or error

    def rule(self, key: Token) -> list[Rule]:
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
        return [("name" if key.kind == "NAME" else key.text, sign.kind, text)]
