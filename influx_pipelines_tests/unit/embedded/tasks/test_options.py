from __future__ import annotations

import pytest

from influx_pipelines.embedded.tasks.options import read_options
from influx_pipelines.flux.format import duration_text


def option(text: str) -> str:
    return f'option task = {{name: "n", {text}}}\nbuckets()'


def test_the_values_are_those_of_the_script() -> None:
    found = read_options(option("every: 1h30m, offset: -90s, concurrency: 2, retry: 3, more: 1"))
    assert (found.name, found.cron, found.concurrency, found.retry) == ("n", "", 2, 3)
    assert (duration_text(found.every), duration_text(found.offset)) == ("1h30m", "-90s")


def test_a_key_may_be_a_text_and_the_first_of_two_counts() -> None:
    found = read_options('option task = {"name": "a", name: "b", every: 60m}\nbuckets()')
    assert (found.name, duration_text(found.every)) == ("a", "60m")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("every: 0s", "invalid options: must specify exactly one of either cron or every"),
        ('cron: ""', "invalid options: must specify exactly one of either cron or every"),
        ("every: 999ms", "invalid options: every option must be at least 1 second"),
        ("every: 1h, concurrency: 0", "invalid options: concurrency must be at least 1"),
        ("every: 1h, concurrency: -1", "failed to parse field 'concurrency' in task options"),
        ('every: 1h, offset: "1m"', "failed to parse field 'offset' in task options"),
        ("cron: 5", "failed to parse field 'cron' in task options"),
    ],
)
def test_a_bad_value_is_refused_in_the_words_of_the_real_server(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_options(option(text))
    assert str(caught.value) == message


def test_several_mistakes_are_named_together() -> None:
    with pytest.raises(ValueError) as caught:
        read_options('option task = {name: "", every: 1500ms, offset: 1ms, retry: 11}')
    assert str(caught.value) == (
        "invalid options: name required, every option must be expressible as whole seconds, "
        "offset option must be expressible as whole seconds, retry exceeded max of 10"
    )


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "option task = 5",
            'task option expected to be object literal, but found "ObjectExpression"',
        ),
        ('task = {name: "n", every: 1h}', "no task options defined"),
        ("f = () => {\n    option task = {}\n    return 1\n}", "no task options defined"),
    ],
)
def test_only_an_option_with_a_record_is_one(script: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        read_options(script)
    assert message in str(caught.value)
