"""Statements of InfluxQL: SHOW is read whole, of the others as much as tells what they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.patterns import compile_pattern
from influx_pipelines.embedded.influxql.tokens import SPAN, ParseError, Token, Tokens, expected

# In the order in which the server lists what it expected.
_NAMES = [
    tuple(name.split())
    for name in (
        "SELECT,DELETE,SHOW CONTINUOUS QUERIES,SHOW DATABASES,SHOW DIAGNOSTICS,SHOW FIELD KEY,"
        "SHOW FIELD KEYS,SHOW GRANTS FOR,SHOW MEASUREMENT EXACT,SHOW MEASUREMENT CARDINALITY,"
        "SHOW MEASUREMENTS,SHOW QUERIES,SHOW RETENTION POLICIES,SHOW SERIES,SHOW SHARD GROUPS,"
        "SHOW SHARDS,SHOW STATS,SHOW SUBSCRIPTIONS,SHOW TAG KEY,SHOW TAG KEYS,SHOW TAG VALUES,"
        "SHOW USERS,CREATE CONTINUOUS QUERY,CREATE DATABASE,CREATE USER,CREATE RETENTION POLICY,"
        "CREATE SUBSCRIPTION,DROP CONTINUOUS QUERY,DROP DATABASE,DROP MEASUREMENT,"
        "DROP RETENTION POLICY,DROP SERIES,DROP SHARD,DROP SUBSCRIPTION,DROP USER,EXPLAIN,GRANT,"
        "REVOKE,ALTER RETENTION POLICY,SET PASSWORD FOR,KILL QUERY"
    ).split(",")
]
# The server reads these and answers "not implemented": the kinds of the tokens that may follow.
_FORMS = {
    **dict.fromkeys(("SHOW CONTINUOUS QUERIES", "SHOW QUERIES", "SHOW SHARD GROUPS"), ""),
    **dict.fromkeys(("SHOW SHARDS", "SHOW SUBSCRIPTIONS", "SHOW USERS"), ""),
    **dict.fromkeys(("SHOW DIAGNOSTICS", "SHOW STATS"), "( FOR STRING)?"),
    **dict.fromkeys(("SHOW MEASUREMENT CARDINALITY", "SHOW SERIES CARDINALITY"), "( ON IDENT)?"),
    **dict.fromkeys(("CREATE DATABASE", "DROP DATABASE", "DROP USER"), " IDENT"),
    **dict.fromkeys(("DROP CONTINUOUS QUERY", "DROP RETENTION POLICY"), " IDENT ON IDENT"),
    "CREATE USER": " IDENT WITH PASSWORD STRING( WITH ALL PRIVILEGES)?",
    "CREATE RETENTION POLICY": " IDENT ON IDENT DURATION (SPAN|INF) REPLICATION INTEGER( DEFAULT)?",
    "ALTER RETENTION POLICY": " IDENT ON IDENT( DURATION (SPAN|INF)| DEFAULT)",
    "GRANT": " (READ|WRITE|ALL( PRIVILEGES)?) ON IDENT TO IDENT",
    "REVOKE": " (READ|WRITE|ALL( PRIVILEGES)?) ON IDENT FROM IDENT",
    "SELECT": " IDENT INTO IDENT FROM IDENT",
}
# The clauses of the others, which come in one order.
_CLAUSES = {
    "SHOW DATABASES": "",
    "SHOW RETENTION POLICIES": "ON",
    "SHOW MEASUREMENTS": "ON WITH WHERE ORDER LIMIT OFFSET",
    "SHOW TAG KEYS": "ON FROM WITH WHERE ORDER LIMIT OFFSET SLIMIT SOFFSET",
    "SHOW TAG VALUES": "ON FROM WITH WHERE ORDER LIMIT OFFSET",
    "SHOW FIELD KEYS": "ON FROM ORDER LIMIT OFFSET",
    "SHOW SERIES": "ON FROM WHERE ORDER LIMIT OFFSET",
}
_OPERANDS = ("IDENT", "STRING", "NUMBER", "INTEGER", "DURATIONVAL", "TRUE", "FALSE")
_MORE = ("BOUNDPARAM", "DISTINCT", ".", "(", "::", "<", "<=", ">", ">=", *"+-*/%&|^")


class Unsupported(Exception):
    """What the real server reads and this one does not, by name."""


class Source(NamedTuple):
    """What stands behind FROM: a name or a pattern."""

    database: str
    policy: str
    name: str | re.Pattern[str]


class Comparison(NamedTuple):
    """A tag with a text or a pattern."""

    name: str
    sign: str
    value: str | re.Pattern[str]


@dataclass(slots=True)
class Statement:
    """One statement; `refusal` is the answer to one that the server does not implement.

    The condition is a list of alternatives, each a list of comparisons that all have to fit.
    """

    name: str
    refusal: str = ""
    database: str = ""
    policy: str = ""
    sources: list[Source] = field(default_factory=list)
    key: tuple[str, Any] = ("", None)
    condition: list[list[Comparison]] = field(default_factory=list)
    limit: int = 0
    offset: int = 0


def parse_query(text: str) -> list[Statement]:
    """The statements of a query.

    Raises:
        ParseError: in the server's words.
        Unsupported: a statement that is not for this server, by name.
    """
    tokens = Tokens(text)
    found: list[Statement] = []
    separated = True
    while tokens.kind != "EOF":
        if tokens.take(";"):
            separated = True
            continue
        if not separated:
            raise expected(tokens.next(), ";")
        found.append(_statement(tokens))
        separated = False
    return found


def _statement(tokens: Tokens) -> Statement:
    words: tuple[str, ...] = ()
    while words not in _NAMES:
        size = len(words)
        wanted = dict.fromkeys(name[size] for name in _NAMES if name[:size] == words)
        token = tokens.next()
        if token.kind not in wanted:
            raise expected(token, *wanted)
        words = (*words, token.kind)
    if words in (("SHOW", "SERIES"), ("SHOW", "TAG", "VALUES")):
        words += tuple(word for word in ("EXACT", "CARDINALITY") if tokens.take(word))
    statement = Statement(" ".join(words))
    if statement.name not in _CLAUSES:
        statement.refusal = _refusal(tokens, statement.name)
        return statement
    for word in _CLAUSES[statement.name].split():
        if tokens.take(word):
            _clause(tokens, statement, word)
        elif word == "WITH" and statement.name == "SHOW TAG VALUES":
            raise expected(tokens.next(), "WITH")
    return statement


def _refusal(tokens: Tokens, name: str) -> str:
    kinds = ""
    while tokens.kind not in (";", "EOF"):
        token = tokens.next()
        kinds += " SPAN" if SPAN.fullmatch(token.text) else f" {token.kind}"
    if name not in _FORMS or re.fullmatch(_FORMS[name], kinds) is None:
        raise Unsupported(f"the InfluxQL statement {name}")
    return f"not implemented: {'SELECT INTO' if name == 'SELECT' else name}"


def _clause(tokens: Tokens, statement: Statement, word: str) -> None:
    of_measurements = statement.name == "SHOW MEASUREMENTS"
    match word:
        case "ON" if of_measurements:
            statement.database = _name_or_star(tokens)
            if tokens.take("."):
                statement.policy = _name_or_star(tokens)
        case "ON":
            statement.database = tokens.want("IDENT", "identifier")
        case "FROM":
            statement.sources = [_source(tokens)]
            while tokens.take(","):
                statement.sources.append(_source(tokens))
        case "WITH" if of_measurements:
            tokens.want("MEASUREMENT")
            sign = tokens.next()
            if sign.kind not in ("=", "=~"):
                raise expected(sign, "=", "=~")
            statement.sources = [_source(tokens)]
        case "WITH":
            statement.key = _key(tokens)
        case "WHERE":
            statement.condition = _condition(tokens)
        case "ORDER":
            _order(tokens, statement.name)
        case _:  # the server reads SLIMIT and SOFFSET and does nothing
            number = int(tokens.want("INTEGER", "integer")[:18])
            if word in ("LIMIT", "OFFSET"):
                setattr(statement, word.lower(), number)


def _name_or_star(tokens: Tokens) -> str:
    if tokens.kind == "*":
        raise Unsupported("SHOW MEASUREMENTS ON *")
    return tokens.want("IDENT", "identifier or *")


def _source(tokens: Tokens) -> Source:
    parts: list[Any] = []
    while len(parts) < 3:
        if tokens.kind == "REGEX":
            parts.append(_pattern(tokens))
            break
        parts.append("" if parts and tokens.kind == "." else tokens.want("IDENT", "identifier"))
        if not tokens.take("."):
            break
    return Source(*["", ""][: 3 - len(parts)], *parts)


def _pattern(tokens: Tokens) -> re.Pattern[str]:
    text = tokens.want("REGEX", "regex")
    try:
        return compile_pattern(text)
    except FluxError:
        raise Unsupported(f"the regular expression /{text}/") from None


def _key(tokens: Tokens) -> tuple[str, Any]:
    tokens.want("KEY")
    sign = tokens.next()
    if sign.kind in ("=~", "!~"):
        return sign.kind, _pattern(tokens)
    if sign.kind in ("=", "!="):
        return sign.kind, [tokens.want("IDENT", "identifier")]
    if sign.kind != "IN":
        raise expected(sign, "IN", "=", "=~")
    tokens.want("(")
    names = [tokens.want("IDENT", "identifier")]
    while tokens.take(","):
        names.append(tokens.want("IDENT", "identifier"))
    tokens.want(")")
    return sign.kind, names


def _condition(tokens: Tokens) -> list[list[Comparison]]:
    alternatives = [[_comparison(tokens)]]
    while tokens.kind in ("AND", "OR"):
        if tokens.next().kind == "OR":
            alternatives.append([])
        alternatives[-1].append(_comparison(tokens))
    return alternatives


def _comparison(tokens: Tokens) -> Comparison:
    name, sign = _operand(tokens), tokens.next()
    if name.kind == "IDENT" and sign.kind in ("=~", "!~"):
        return Comparison(name.text, sign.kind, _pattern(tokens))
    if name.kind != "IDENT" or sign.kind not in ("=", "!="):
        raise Unsupported(f"{name} {sign} in a condition")
    value = _operand(tokens)
    if value.kind != "STRING" or tokens.kind in _MORE:
        raise Unsupported(f"{name} {sign} {value} in a condition")
    return Comparison(name.text, sign.kind, value.text)


def _operand(tokens: Tokens) -> Token:
    token = tokens.next()
    if token.kind in _MORE:
        raise Unsupported(f"{token} in a condition")
    if token.kind not in _OPERANDS:
        raise expected(token, "identifier", "string", "number", "bool")
    return token


def _order(tokens: Tokens, name: str) -> None:
    """The clause changes nothing: the answers stand in the order that it would ask for."""
    tokens.want("BY")
    first = tokens.next()
    if first.kind not in ("IDENT", "ASC", "DESC"):
        raise expected(first, "identifier", "ASC", "DESC")
    if first.kind == "DESC" or (first.kind == "IDENT" and tokens.kind == "DESC"):
        raise Unsupported(f"ORDER BY … DESC of {name}")
    if first.kind == "IDENT":
        tokens.take("ASC")
    if tokens.kind == "," or (first.kind == "IDENT" and first.text != "time"):
        raise ParseError("only ORDER BY time supported at this time")
