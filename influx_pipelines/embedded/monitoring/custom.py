"""Checks whose scripts are the user's own: what such a script must define."""

from __future__ import annotations

from influx_pipelines.embedded.monitoring.trees import prop, walk
from influx_pipelines.flux import ast
from influx_pipelines.flux.edit import name_of, option_values
from influx_pipelines.flux.format import format_file

_OF_CHECK = "parameter on check object must"
_OF_TASK = "parameter from task option statement"


def lacking(file: ast.File, name: str) -> str | None:
    """What the script of a custom check of this name lacks, in the real server's words."""
    checks, tasks = _checks(file), option_values(file, "task")
    about, options = _members(checks), _members(tasks)
    given = {member for member, _ in options}
    needed = [
        (bool(checks), "Custom flux must have an object called 'check'"),
        (("_check_name", name) in about, f"_check_name {_OF_CHECK} match check name"),
        (("_type", "custom") in about, f"_type {_OF_CHECK} be set to 'custom'"),
        (bool(tasks), "Custom flux missing task option statement"),
        ("name" in given, f"Custom flux missing name {_OF_TASK}"),
        (("name", name) in options, f"Name {_OF_TASK} must match check name"),
        ("every" in given, f"Custom flux missing every {_OF_TASK}"),
        ("offset" in given, f"Custom flux missing offset {_OF_TASK}"),
    ]
    return next((message for there, message in needed if not there), None)


def completed(file: ast.File, check_id: str) -> str:
    """The script, formatted, with the ID in its record `check`."""
    for record in _checks(file):
        if isinstance(record, ast.ObjectExpression):
            names = [*map(name_of, record.properties), "_check_id"]
            place = names.index("_check_id")
            record.properties[place : place + 1] = [prop("_check_id", ast.StringLiteral(check_id))]
    return format_file(file)


def _checks(file: ast.File) -> list[ast.Expression]:
    """What is called `check`, wherever it is."""
    found = (one for one in walk(file) if isinstance(one, ast.VariableAssignment))
    return [one.init for one in found if one.id.name == "check"]


def _members(values: list[ast.Expression]) -> set[tuple[str, str | None]]:
    """The names of members of records, with the values that are texts."""
    records = (value for value in values if isinstance(value, ast.ObjectExpression))
    return {
        (name_of(item), item.value.value if isinstance(item.value, ast.StringLiteral) else None)
        for record in records
        for item in record.properties
    }
