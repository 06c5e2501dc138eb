"""Options of a script: reading them, and the edits of a task's own that a PATCH of it makes."""

from __future__ import annotations

from influx_pipelines.flux import ast


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


def edit_task(
    file: ast.File, changes: dict[str, ast.Expression], *, without_offset: bool = False
) -> None:
    """Set members of `option task = {…}`; `every` and `cron` take each other's place.

    Raises:
        ValueError: in the words of the real server.
    """
    found = option_values(file, "task")
    if not found:
        raise ValueError("unable to edit option")
    for record in found:
        if not isinstance(record, ast.ObjectExpression):
            raise ValueError(f"value is is {type(record).__name__}, not an object expression")
        _edit(record, dict(changes), without_offset)


def _edit(
    record: ast.ObjectExpression, wanted: dict[str, ast.Expression], without_offset: bool
) -> None:
    """In one pass; as there, a member that moves into the place of the deleted is not looked at."""
    members = list(record.properties)
    kept = len(members)
    for place in range(len(members)):
        one = members[place]
        key = name_of(one)
        if key == "offset" and without_offset:
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
