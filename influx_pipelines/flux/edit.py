"""Options of a script: reading them, and the edits of a task's own that a PATCH of it makes."""

from __future__ import annotations

import re

from influx_pipelines.flux import ast

_MAGNITUDE = re.compile(r"(\d*)([^\W\d_]*)")


def option_values(file: ast.File, name: str) -> list[ast.Expression]:
    """The value of every `option name = …`."""
    return [
        statement.assignment.init
        for statement in file.body
        if isinstance(statement, ast.OptionStatement)
        and isinstance(statement.assignment, ast.VariableAssignment)
        and statement.assignment.id.name == name
    ]


def task_options(file: ast.File) -> dict[str, ast.Expression | None]:
    """The members of the one `option task = {…}`; of a name that is there twice, the first.

    Raises:
        ValueError: in the words of the real server, which puts more before them.
    """
    found = option_values(file, "task")
    if len(found) > 1:
        raise ValueError("multiple task options defined")
    if not found:
        raise ValueError("no task options defined")
    if not isinstance(found[0], ast.ObjectExpression):
        raise ValueError('task option expected to be object literal, but found "ObjectExpression"')
    return {name_of(one): one.value for one in reversed(found[0].properties)}


def name_of(member: ast.Property) -> str:
    """The name of a member of a record."""
    return member.key.name if isinstance(member.key, ast.Identifier) else member.key.value


def signed_duration(text: str) -> ast.DurationLiteral:
    """`1h30m` or `-5m` as a client sends it: any units, no text is no time.

    Raises:
        ValueError: in the words of the real server.
    """
    rest = text.removeprefix("-")
    parts = []
    while rest:
        digits, unit = _MAGNITUDE.match(rest).groups()  # type: ignore[union-attr]
        if not digits:
            raise ValueError(f"invalid duration {rest}")
        if int(digits) >= 2**63:
            raise ValueError(f'strconv.ParseInt: parsing "{digits}": value out of range')
        rest = rest[len(digits) :]
        if not unit:
            raise ValueError(f"duration is missing a unit: {rest}")
        rest = rest[len(unit) :]
        magnitude = -int(digits) if text.startswith("-") else int(digits)
        parts.append(ast.DurationPart(magnitude, "us" if unit == "µs" else unit))
    return ast.DurationLiteral(parts)


def is_zero(duration: ast.DurationLiteral) -> bool:
    """Whether every part of it is nothing."""
    return not any(part.magnitude for part in duration.values)


def edit_task(
    file: ast.File,
    *,
    name: str = "",
    every: ast.DurationLiteral | None = None,
    cron: str = "",
    offset: ast.DurationLiteral | None = None,
) -> None:
    """Set what is given in `option task`; `every` and `cron` take each other's place, and an
    offset of nothing takes it away.

    Raises:
        ValueError: in the words of the real server.
    """
    found = option_values(file, "task")
    if not found:
        raise ValueError("unable to edit option")
    for record in found:
        if not isinstance(record, ast.ObjectExpression):
            raise ValueError(f"value is is {type(record).__name__}, not an object expression")
        wanted: dict[str, ast.Expression] = {}
        if name:
            wanted["name"] = ast.StringLiteral(name)
        if every and not is_zero(every):
            wanted["every"] = every
        if cron:
            wanted["cron"] = ast.StringLiteral(cron)
        if offset and not is_zero(offset):
            wanted["offset"] = offset
        _edit(record, wanted, delete_offset=offset is not None and is_zero(offset))


def _edit(
    record: ast.ObjectExpression, wanted: dict[str, ast.Expression], *, delete_offset: bool
) -> None:
    """In one pass; as there, a member that moves into the place of the deleted is not looked at."""
    members = list(record.properties)
    kept = len(members)
    for place in range(len(members)):
        one = members[place]
        key = name_of(one)
        if key == "offset" and delete_offset:
            kept -= 1
            members[place:kept] = members[place + 1 : kept + 1]
        other = {"every": "cron", "cron": "every"}.get(key, "")
        for new in (key, other):
            if new in wanted:
                one.value = wanted.pop(new)
                one.key = ast.Identifier(new) if new != key else one.key
                break
    added = [ast.Property(ast.Identifier(key), value) for key, value in wanted.items()]
    record.properties = members[:kept] + added
