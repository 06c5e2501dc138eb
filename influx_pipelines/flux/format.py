"""The text of a syntax tree, as the formatter of the real server writes it."""

from __future__ import annotations

from influx_pipelines.flux import ast

# Importing a module fills the table of rules.
from influx_pipelines.flux.formatting import brackets, literals, operators  # noqa: F401
from influx_pipelines.flux.formatting.layout import lay_out
from influx_pipelines.flux.formatting.literals import duration_text
from influx_pipelines.flux.formatting.statements import script

__all__ = ["duration_text", "format_file"]


def format_file(file: ast.File) -> str:
    """The script of a tree; of one that was never parsed too.

    Raises:
        ValueError: there is a bad expression or statement in it, or it is nested too deeply.
    """
    return lay_out(script(file))
