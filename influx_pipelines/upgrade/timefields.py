"""Where points with a field `time` may be made: scripts of tasks, configurations of Telegraf.

2.7 leaves such a field out without a word, so that no stored point tells of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from influx_pipelines.estate.queries import walk
from influx_pipelines.flux import ast
from influx_pipelines.flux.edit import name_of
from influx_pipelines.flux.parser import FluxSyntaxError, parse

NAME = "time"
WRITERS = frozenset({"to", "wideTo"})
# Arguments that name a column of times, not a new field.
OF_TIMES = frozenset({"timeColumn", "timeSrc", "timeDst", "column"})
# Where a configuration of Telegraf names a field that comes out.
NAMES_A_FIELD = frozenset({"dest", "json_string_fields", "fieldinclude", "fieldpass", "fields"})
PARSES_JSON = frozenset({"json", "json_v2", "xpath_json"})


def makes_time_field(flux: str) -> bool | None:
    """Whether a script that writes may write a field `time`; None when it cannot be read.

    It may, where a record gets a column of that name, or a column or field is given that name.
    """
    try:
        file = parse(flux)
    except FluxSyntaxError:
        return None
    nodes = list(walk(file))
    writes = any(isinstance(one, ast.CallExpression) and _called(one) in WRITERS for one in nodes)
    return writes and any(isinstance(one, ast.Property) and _names_it(one) for one in nodes)


def _called(node: ast.CallExpression) -> str:
    callee = node.callee
    if isinstance(callee, ast.MemberExpression):
        callee = callee.property
    return callee.name if isinstance(callee, ast.Identifier) else ""


def _names_it(found: ast.Property) -> bool:
    key = name_of(found)
    if key == NAME and found.value is not None:
        return True
    value = found.value
    return isinstance(value, ast.StringLiteral) and value.value == NAME and key not in OF_TIMES


def telegraf_makes_time_field(config: str) -> bool | None:
    """Whether a configuration names a field `time`; None when JSON decides it, or it is no TOML."""
    try:
        found = list(_pairs(tomllib.loads(config)))
    except tomllib.TOMLDecodeError:
        return None
    if any(key in NAMES_A_FIELD and value == NAME for key, value in found):
        return True
    json = any(key == "data_format" and value in PARSES_JSON for key, value in found)
    taken = any(key == "json_time_key" and value == NAME for key, value in found)
    return None if json and not taken else False


def _pairs(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Every text of a configuration with the key that it stands under."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _pairs(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _pairs(item, key)
    else:
        yield key, value
