"""Parse Flux as InfluxData's own parser does: by recursive descent, and on behind every error."""

from __future__ import annotations

from influx_pipelines.flux import ast
from influx_pipelines.flux.faults import (
    Fault,
    FluxSyntaxError,
    faults_of_compiler,
    faults_of_script,
)
from influx_pipelines.flux.parsing.cursor import TOO_DEEP
from influx_pipelines.flux.parsing.statements import Parser

__all__ = ["FluxSyntaxError", "parse", "parse_for_task", "recover"]


def parse(source: str) -> ast.File:
    """The syntax tree of a script.

    Raises:
        FluxSyntaxError: with every error that the compiler of the real server names.
    """
    file = recover(source)
    if faults := faults_of_compiler(file):
        raise FluxSyntaxError(faults)
    return file


def parse_for_task(source: str) -> ast.File:
    """The syntax tree as tasks and checks get it: bad expressions within are no errors to them.

    Raises:
        FluxSyntaxError: with the errors that they name, of which a task shows the first alone.
    """
    file = recover(source)
    if faults := faults_of_script(file):
        raise FluxSyntaxError(faults)
    return file


def recover(source: str) -> ast.File:
    """The syntax tree of a script that may be broken; its nodes hold the errors.

    Raises:
        FluxSyntaxError: it is nested deeper than what is left of the stack.
    """
    try:
        return Parser(source).file(source)
    except RecursionError:
        raise FluxSyntaxError([Fault(TOO_DEEP, (1, 1), (1, 1))]) from None
