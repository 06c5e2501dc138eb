from __future__ import annotations

import pytest

from influx_pipelines.flux import ast
from influx_pipelines.flux.edit import edit_task, task_options
from influx_pipelines.flux.format import format_file
from influx_pipelines.flux.parser import parse


def expression(text: str) -> ast.Expression:
    (statement,) = parse(text).body
    assert isinstance(statement, ast.ExpressionStatement)
    return statement.expression


def edited(record: str, *, without_offset: bool = False, **changes: str) -> str:
    """The first line of a script after an edit of its task option."""
    file = parse(f"option task = {record}")
    values = {name: expression(text) for name, text in changes.items()}
    edit_task(file, values, without_offset=without_offset)
    return format_file(file).removeprefix("option task = ").rstrip()


def test_an_option_changes_in_its_place_or_comes_last() -> None:
    assert edited('{every: 1h, name: "a"}', name='"b"') == '{every: 1h, name: "b"}'
    assert edited('{every: 1h, name: "a"}', offset="-5s") == '{every: 1h, name: "a", offset: -5s}'


def test_every_and_cron_take_each_others_place() -> None:
    assert (
        edited('{name: "a", every: 1h, x: 1}', cron='"@daily"')
        == '{name: "a", cron: "@daily", x: 1}'
    )
    assert edited('{cron: "@daily", name: "a"}', every="2h") == '{every: 2h, name: "a"}'


def test_an_offset_of_nothing_takes_it_away() -> None:
    assert (
        edited('{name: "a", offset: 5s, every: 1h}', without_offset=True)
        == '{name: "a", every: 1h}'
    )
    assert edited('{name: "a", every: 1h}', without_offset=True) == '{name: "a", every: 1h}'


def test_what_moves_into_its_place_is_not_edited_but_added_again_as_there() -> None:
    found = edited('{name: "a", offset: 5s, every: 1h, x: 1}', without_offset=True, every="2h")
    assert found == '{name: "a", every: 1h, x: 1, every: 2h}'


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("x = 1", "no task options defined"),
        ('option task = {name: "a"}\noption task = {name: "b"}', "multiple task options defined"),
        ("option task = t", "expected to be object literal"),
    ],
)
def test_there_must_be_one_record_of_options(script: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        task_options(parse(script))


def test_options_are_read_by_name_the_first_of_two() -> None:
    found = task_options(parse('option task = {name: "a", "every": 1h, name: "b"}'))
    assert found["name"] == ast.StringLiteral("a")
    assert found["every"] == ast.DurationLiteral([ast.DurationPart(1, "h")])
