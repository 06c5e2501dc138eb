"""The options of a task, as they stand in its script: `option task = {…}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from influx_pipelines.embedded.tasks.durations import is_zero, length, read_duration
from influx_pipelines.flux import ast
from influx_pipelines.flux.cron import read_cron
from influx_pipelines.flux.durations import NS
from influx_pipelines.flux.edit import task_options
from influx_pipelines.flux.faults import faults_of_script
from influx_pipelines.flux.format import duration_text
from influx_pipelines.flux.parser import recover

MAX = {"concurrency": 100, "retry": 10}
Members = dict[str, ast.Expression | None]
Literal = TypeVar("Literal", bound=ast.Expression)


@dataclass(slots=True)
class Options:
    """What a script says of its task; a duration that it does not name has no parts."""

    name: str
    every: ast.DurationLiteral
    cron: str
    offset: ast.DurationLiteral
    concurrency: int
    retry: int


def read_script(script: str) -> ast.File:
    """The tree of a script.

    Raises:
        ValueError: with the first of its errors.
    """
    file = recover(script)
    if faults := faults_of_script(file):
        raise ValueError(f"loc {faults[0].span}: {faults[0].message}")
    return file


def read_options(script: str) -> Options:
    """The options of a script.

    Raises:
        ValueError: in the words of the real server.
    """
    found = task_options(read_script(script))
    name = _member(found, "name", ast.StringLiteral)
    if name is None:
        raise ValueError("missing required option: name")
    if "cron" in found and "every" in found:
        raise ValueError("cannot use both cron and every in task options")
    if "cron" not in found and "every" not in found:
        raise ValueError("missing required option: cron or every")
    cron = _member(found, "cron", ast.StringLiteral)
    options = Options(
        name.value,
        _member(found, "every", ast.DurationLiteral) or ast.DurationLiteral([]),
        cron.value if cron else "",
        _offset(found),
        *(_count(found, member) for member in MAX),
    )
    if mistakes := _mistakes(options):
        raise ValueError(f"invalid options: {', '.join(mistakes)}")
    return options


def _member(found: Members, name: str, kind: type[Literal]) -> Literal | None:
    value = found.get(name)
    if name in found and not isinstance(value, kind):
        raise ValueError(f"failed to parse field '{name}' in task options")
    return value  # type: ignore[return-value]


def _offset(found: Members) -> ast.DurationLiteral:
    match found.get("offset"):
        case ast.UnaryExpression(operator="-", argument=ast.DurationLiteral() as literal):
            return read_duration(f"-{duration_text(literal)}")
    return _member(found, "offset", ast.DurationLiteral) or ast.DurationLiteral([])


def _count(found: Members, name: str) -> int:
    literal = _member(found, name, ast.IntegerLiteral)
    return 1 if literal is None else literal.value


def _mistakes(options: Options) -> list[str]:
    """What the bounds of the values forbid."""
    found = [] if options.name else ["name required"]
    every, offset = length(options.every), length(options.offset)
    if is_zero(options.every) == (not options.cron):
        found.append("must specify exactly one of either cron or every")
    elif options.cron:
        try:
            read_cron(options.cron)
        except ValueError as error:
            found.append(f"cron invalid: {error}")
    elif every < NS["s"]:
        found.append("every option must be at least 1 second")
    elif every % NS["s"]:
        found.append("every option must be expressible as whole seconds")
    if offset % NS["s"]:
        found.append("offset option must be expressible as whole seconds")
    for name, most in MAX.items():
        number = getattr(options, name)
        if number < 1:
            found.append(f"{name} must be at least 1")
        elif number > most:
            found.append(f"{name} exceeded max of {most}")
    return found
