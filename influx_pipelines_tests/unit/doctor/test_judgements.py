"""What the doctor makes of what it sees, without anything to see."""

from __future__ import annotations

import pytest

from influx_pipelines.doctor.checks import (
    alertstore,
    clock,
    rights,
    server,
    settings,
    token,
    versions,
)
from influx_pipelines.doctor.needs import Need
from influx_pipelines.influx.models import Capabilities, Health, TokenRights


@pytest.mark.parametrize(
    ("skew", "state"), [(0.4, "green"), (-20, "yellow"), (3600, "red"), (None, "yellow")]
)
def test_a_clock_that_is_minutes_off_is_red(skew: float | None, state: str) -> None:
    assert clock.judge(skew).state == state


def test_a_python_that_is_too_old_or_too_new_is_red() -> None:
    found = [versions.judge_python(one, "").state for one in ((3, 10), (3, 12), (3, 14))]
    assert found == ["red", "green", "red"]


def test_packages_of_dagster_of_two_versions_or_missing_are_red() -> None:
    mixed = versions.judge_family({"dagster": "1.13.27", "dagster-webserver": "1.13.26"})
    assert (mixed.state, "dagster-webserver 1.13.26" in mixed.what) == ("red", True)
    assert versions.judge_family({"dagster": "1.13.27", "dagster-dg-cli": ""}).state == "red"


@pytest.mark.parametrize(
    ("version", "status", "seconds", "state"),
    [
        ((2, 7), "pass", 0.01, "green"),
        ((2, 0), "pass", 0.01, "red"),
        ((3, 0), "pass", 0.01, "red"),
        ((2, 9), "fail", 0.01, "red"),
        ((2, 9), "pass", 3.0, "yellow"),
    ],
)
def test_a_server_of_a_wrong_version_or_unwell_is_red(
    version: tuple[int, int], status: str, seconds: float, state: str
) -> None:
    known = Capabilities(version=version, version_text=".".join(map(str, version)))
    assert server.judge("there", Health(status=status), known, seconds).state == state


def test_a_variable_that_nobody_reads_is_named_with_the_one_that_was_meant() -> None:
    known = {"INFLUX_PIPELINES_TIMEOUT", "INFLUXDB_URL"}
    names = ["INFLUX_PIPELINES_TIMOUT", "INFLUXD_BOLT_PATH"]
    found = list(settings.unknown(names, known))
    assert [(one.state, one.mend) for one in found] == [
        ("yellow", "Did you mean INFLUX_PIPELINES_TIMEOUT?")
    ]


def test_one_operator_token_for_everything_is_told_unless_the_server_is_ours() -> None:
    rights = TokenRights(kind="operator", active=True)
    assert token.judge(rights, ours=False).state == "yellow"
    assert token.judge(rights, ours=True).state == "green"


@pytest.mark.parametrize(
    ("found", "state", "words"),
    [
        ("r0002", "green", "r0002"),
        ("r0001", "red", "older than r0002"),
        ("r0009", "red", "does not know"),
        (None, "red", "no tables"),
    ],
)
def test_tables_of_alerts_of_another_revision_are_red(
    found: str | None, state: str, words: str
) -> None:
    result = alertstore.judge(found, "r0002", "r0001")
    assert (result.state, words in result.what) == (state, True)


@pytest.mark.parametrize(
    ("has", "state"),
    [([True, True], "green"), ([True, False], "red"), ([True, None], "yellow")],
)
def test_a_right_that_is_missing_is_red_and_one_that_nobody_knows_is_yellow(
    has: list[bool | None], state: str
) -> None:
    need = Need("tasks", ("read", "write"), ("influx/tasks",))
    result = rights.judge(need, has)
    assert result.state == state
    assert "influx/tasks" in result.what
