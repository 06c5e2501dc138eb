"""Whether a script is one that a server takes as a task: looked at before anything is sent."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from influx_pipelines.estate.queries import buckets_of
from influx_pipelines.flux import ast
from influx_pipelines.flux.cron import read_cron
from influx_pipelines.flux.durations import NS, Duration, DurationError, parse_flux, parse_go
from influx_pipelines.flux.edit import task_options
from influx_pipelines.flux.format import duration_text, format_file
from influx_pipelines.flux.parser import FluxSyntaxError, parse

COUNTS = {"concurrency": 100, "retry": 10}
KNOWN = ("name", "every", "cron", "offset", *COUNTS)
Options = dict[str, ast.Expression | None]


class ScriptError(ValueError):
    """A script that is no task; the message says why and, if it can, in which line."""


class Script(NamedTuple):
    """A script as the formatter of a server lays it out, and the buckets that it names."""

    flux: str
    buckets: frozenset[str]


def compiled(flux: str, name: str) -> str:
    """The script of a task of that name, laid out as the formatter of a server does it.

    Raises:
        ScriptError: as of `read_script`.
    """
    return read_script(flux, name).flux


@lru_cache(maxsize=4096)
def read_script(flux: str, name: str) -> Script:
    """The script of a task of that name.

    Raises:
        ScriptError: it does not parse; the option is missing or there twice; it has another name,
            not exactly one of every and cron, or a duration that a server refuses.
    """
    try:
        file = parse(flux)
    except FluxSyntaxError as error:
        raise ScriptError(_syntax(flux, error)) from None
    try:
        options = task_options(file)
    except ValueError as error:
        raise ScriptError(f"{error}: write one `option task = {{name: …, every: …}}`") from None
    _check(options, name)
    return Script(format_file(file), frozenset(buckets_of(file, ("from", "to"))))


def _check(options: Options, name: str) -> None:
    if unknown := options.keys() - set(KNOWN):
        raise ScriptError(f"option task: unknown {', '.join(sorted(unknown))}")
    written = options.get("name")
    if not isinstance(written, ast.StringLiteral):
        raise ScriptError("option task: it needs a name, as a text")
    if written.value != name:
        raise ScriptError(f"option task: its name is {written.value!r}, but {name!r} is declared")
    if ("every" in options) == ("cron" in options):
        raise ScriptError("option task: write exactly one of every and cron")
    if "cron" in options:
        _check_cron(options["cron"])
    every = _duration(options, "every")
    offset = _duration(options, "offset")
    for member, most in COUNTS.items():
        _check_count(options, member, most)
    if every is not None and (every.nanoseconds < NS["s"] or every.months):
        raise ScriptError("option task: every must be at least 1s and have a fixed length")
    if every is not None and offset is not None and offset >= every:
        raise ScriptError("option task: the offset must be shorter than every")


def _check_count(options: Options, member: str, most: int) -> None:
    literal = options.get(member)
    if member in options and not (
        isinstance(literal, ast.IntegerLiteral) and 1 <= literal.value <= most
    ):
        raise ScriptError(f"option task: {member} must be a number from 1 to {most}")


def _check_cron(literal: ast.Expression | None) -> None:
    if not isinstance(literal, ast.StringLiteral):
        raise ScriptError("option task: cron must be a text")
    try:
        read_cron(literal.value).after(0)
    except ValueError as error:
        reason = str(error).partition(" {")[0]  # without the server's record of what it read
        text = f"option task: cron {literal.value!r} is none that a server takes ({reason})"
        raise ScriptError(f"{text}: write five fields in UTC, as in `0 6 * * *`") from None


def same_script(one: str, other: str) -> bool:
    """Whether two scripts say the same, however they are laid out."""
    if one == other:
        return True
    try:
        return parse(one) == parse(other)
    except FluxSyntaxError:
        return False


def _duration(options: Options, name: str) -> Duration | None:
    if name not in options:
        return None
    literal = options[name]
    if not isinstance(literal, ast.DurationLiteral):
        raise ScriptError(f"option task: {name} must be a duration such as 1m30s")
    text = duration_text(literal)
    try:
        found = parse_flux(text)
        if name == "offset":
            parse_go(text)  # as the server reads it: no days, no weeks
    except DurationError as error:
        raise ScriptError(f"option task: {name}: {error}") from None
    if found.nanoseconds % NS["s"]:
        raise ScriptError(f"option task: {name} {text} is no whole number of seconds")
    return found


def _syntax(flux: str, error: FluxSyntaxError) -> str:
    fault = error.faults[0]
    line, column = fault.at
    lines = flux.splitlines()
    shown = f" in `{lines[line - 1].strip()}`" if 0 < line <= len(lines) else ""
    return f"the script does not parse at {line}:{column}{shown}: {fault.message}"
