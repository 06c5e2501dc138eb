"""The options of a task, as they stand in its script: `option task = {…}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from influx_pipelines.embedded.tasks.cron import read_cron
from influx_pipelines.embedded.tasks.durations import is_zero, length, parse_duration, written
from influx_pipelines.flux import ast
from influx_pipelines.flux.durations import NS
from influx_pipelines.flux.faults import faults_of_script
from influx_pipelines.flux.parser import recover

MAX_CONCURRENCY, MAX_RETRY = 100, 10
Found = TypeVar("Found", bound=ast.Expression)


@dataclass(slots=True)
class Options:
    """What a script says of its task."""

    name: str
    every: ast.DurationLiteral | None
    cron: str
    offset: ast.DurationLiteral | None
    concurrency: int
    retry: int


def read_options(script: str) -> Options:
    """The options of a script.

    Raises:
        ValueError: in the words of the real server.
    """
    file = recover(script)
    if faults := faults_of_script(file):
        raise ValueError(f"loc {faults[0].span}: {faults[0].message}")
    found = _option(file)
    name = _field(found, "name", ast.StringLiteral)
    if name is None:
        raise ValueError("missing required option: name")
    if "cron" in found and "every" in found:
        raise ValueError("cannot use both cron and every in task options")
    if "cron" not in found and "every" not in found:
        raise ValueError("missing required option: cron or every")
    cron = _field(found, "cron", ast.StringLiteral)
    options = Options(
        name.value,
        _field(found, "every", ast.DurationLiteral),
        cron.value if cron else "",
        _offset(found),
        *(_count(found, field) for field in ("concurrency", "retry")),
    )
    if mistakes := _mistakes(options):
        raise ValueError(f"invalid options: {', '.join(mistakes)}")
    return options


def _option(file: ast.File) -> dict[str, ast.Expression]:
    found = [
        one.assignment.init
        for one in file.body
        if isinstance(one, ast.OptionStatement)
        and isinstance(one.assignment, ast.VariableAssignment)
        and one.assignment.id.name == "task"
    ]
    if len(found) != 1:
        number = "multiple" if found else "no"
        raise ValueError(f"{number} task options defined")
    if not isinstance(found[0], ast.ObjectExpression):
        kind = type(found[0]).__name__
        raise ValueError(f'task option expected to be object literal, but found "{kind}"')
    fields: dict[str, ast.Expression] = {}
    for one in found[0].properties:
        key = one.key.name if isinstance(one.key, ast.Identifier) else one.key.value
        if one.value is not None and not isinstance(one.value, ast.PipeLiteral):
            fields.setdefault(key, one.value)
    return fields


def _field(found: dict[str, ast.Expression], name: str, kind: type[Found]) -> Found | None:
    value = found.get(name)
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"failed to parse field '{name}' in task options")
    return value


def _offset(found: dict[str, ast.Expression]) -> ast.DurationLiteral | None:
    match found.get("offset"):
        case ast.UnaryExpression(operator="-", argument=ast.DurationLiteral() as literal):
            return parse_duration(f"-{written(literal)}")
    return _field(found, "offset", ast.DurationLiteral)


def _count(found: dict[str, ast.Expression], name: str) -> int:
    literal = _field(found, name, ast.IntegerLiteral)
    return 1 if literal is None else literal.value


def _mistakes(options: Options) -> list[str]:
    """What the bounds of the values forbid."""
    found = [] if options.name else ["name required"]
    if is_zero(options.every) == (not options.cron):
        found.append("must specify exactly one of either cron or every")
    elif options.cron:
        try:
            read_cron(options.cron)
        except ValueError as error:
            found.append(f"cron invalid: {error}")
    elif options.every and length(options.every) < NS["s"]:
        found.append("every option must be at least 1 second")
    elif options.every and length(options.every) % NS["s"]:
        found.append("every option must be expressible as whole seconds")
    if options.offset and length(options.offset) % NS["s"]:
        found.append("offset option must be expressible as whole seconds")
    for name, most in (("concurrency", MAX_CONCURRENCY), ("retry", MAX_RETRY)):
        number = getattr(options, name)
        if number < 1:
            found.append(f"{name} must be at least 1")
        elif number > most:
            found.append(f"{name} exceeded max of {most}")
    return found
