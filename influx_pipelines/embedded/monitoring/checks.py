"""A check as the script of its task."""

from __future__ import annotations

from collections.abc import Iterator

from influx_pipelines.embedded.monitoring.trees import Document, member, prop, template, walk
from influx_pipelines.embedded.tasks.durations import read_duration
from influx_pipelines.flux import ast
from influx_pipelines.flux.edit import name_of
from influx_pipelines.flux.faults import faults_of_script
from influx_pipelines.flux.format import format_file
from influx_pipelines.flux.parser import recover

_SCRIPT = """
import "influxdata/influxdb/monitor"
{imports}
import "influxdata/influxdb/v1"
option task = {{name: NAME, every: EVERY{offset}}}
check = {{_check_id: ID, _check_name: NAME, _type: TYPE, tags: TAGS}}
{tests}
messageFn = (r) => STATUSMESSAGETEMPLATE
data
    |> v1["fieldsAsCols"]()
    {deadman}
    |> monitor["check"](data: check, messageFn: messageFn{levels})
"""
_DEADMAN = '|> monitor["deadman"](t: experimental["subDuration"](from: now(), d: TIMESINCE))'
_TESTS = {
    "lesser": "FIELD < VALUE{0}",
    "greater": "FIELD > VALUE{0}",
    "within": "FIELD < MAX{0} and FIELD > MIN{0}",
    "outside": "FIELD < MIN{0} or FIELD > MAX{0}",
}


class ScriptError(ValueError):
    """Why no script can be made of a check."""


def check_script(check: Document) -> str:
    """The script of a check.

    Raises:
        ScriptError: its query cannot be read, or is not about a single field.
    """
    if check["type"] == "custom":
        return str(check["query"]["text"])
    query = recover(check["query"]["text"])
    if faults := faults_of_script(query):
        raise ScriptError("".join(f"loc {one.span}: {one.message}\n" for one in faults))
    script = (_threshold if check["type"] == "threshold" else _deadman)(check, query)
    query.imports += script.imports
    query.body = [*_as_data(query.body), *script.body]
    return format_file(query)


def _threshold(check: Document, query: ast.File) -> ast.File:
    _look_back(query, check["every"])
    for arguments in _arguments(query, "aggregateWindow"):
        if "createEmpty" not in map(name_of, arguments.properties):
            arguments.properties.append(prop("createEmpty", ast.BooleanLiteral(False)))
    fields = list(_fields(query))
    if len(fields) != 1:
        raise ScriptError(f"expected a single field but got: [{' '.join(fields)}]")
    tests: list[tuple[str, str]] = []
    parts: dict[str, ast.Expression] = {"FIELD": member(fields[0])}
    for place, one in enumerate(check["thresholds"] or ()):
        within = "within" if one.get("within") else "outside"
        test = _TESTS.get(one["type"], _TESTS[within])
        tests.append((one["level"].lower(), test.format(place)))
        for name in ("value", "min", "max"):
            parts[f"{name.upper()}{place}"] = ast.FloatLiteral(float(one.get(name, 0)))
    return _complete(check, tests, **parts)


def _deadman(check: Document, query: ast.File) -> ast.File:
    for node in walk(query):
        match node:
            case ast.PipeExpression(argument=ast.PipeExpression() as before):
                if _calls(node.call, "aggregateWindow"):
                    node.argument, node.call = before.argument, before.call
    _look_back(query, check["staleTime"])
    return _complete(check, [(check["level"].lower(), 'r["dead"]')])


def _complete(check: Document, tests: list[tuple[str, str]], **parts: ast.Expression) -> ast.File:
    """What follows on the query: what the check is, a function a level, and the call."""
    deadman = check["type"] == "deadman"
    text = _SCRIPT.format(
        imports='import "experimental"' if deadman else "",
        offset="" if check["offset"] is None else ", offset: OFFSET",
        tests="\n".join(f"{level} = (r) => {test}" for level, test in tests),
        deadman=_DEADMAN if deadman else "",
        levels="".join(f", {level}: {level}" for level, _ in tests),
    )
    tags = [prop(tag["key"], ast.StringLiteral(tag["value"])) for tag in check["tags"] or ()]
    return template(text, check, TAGS=ast.ObjectExpression(tags), **parts)


def _as_data(body: list[ast.Statement]) -> list[ast.Statement]:
    match body:
        case [ast.ExpressionStatement(expression=ast.PipeExpression() as pipe)]:
            data = pipe.argument if _calls(pipe.call, "yield") else pipe
            return [ast.VariableAssignment(ast.Identifier("data"), data)]
    return body


def _look_back(query: ast.File, period: str) -> None:
    """Whatever is called `start` or `every` becomes the period; `range` keeps nothing else."""
    every = read_duration(period)
    for node in walk(query):
        if isinstance(node, ast.Property) and name_of(node) in ("start", "every"):
            node.value = ast.UnaryExpression("-", every) if name_of(node) == "start" else every
    for arguments in _arguments(query, "range"):
        arguments.properties = [one for one in arguments.properties if name_of(one) == "start"]


def _calls(node: ast.CallExpression, name: str) -> bool:
    return isinstance(node.callee, ast.Identifier) and node.callee.name == name


def _arguments(query: ast.File, name: str) -> Iterator[ast.ObjectExpression]:
    for node in walk(query):
        if isinstance(node, ast.CallExpression) and _calls(node, name):
            yield from node.arguments


def _fields(query: ast.File) -> Iterator[str]:
    """The texts that a member `_field` is compared with."""
    for node in walk(query):
        match node:
            case ast.BinaryExpression(
                left=ast.MemberExpression(
                    property=ast.Identifier("_field") | ast.StringLiteral("_field")
                ),
                right=ast.StringLiteral(value),
            ):
                yield value
