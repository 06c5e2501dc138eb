"""What is made of the facts about a server, its estate and its backups."""

from __future__ import annotations

from dataclasses import replace

import pytest

from influx_pipelines.upgrade.facts import Backup, Facts, Replication, Script, TokenFact
from influx_pipelines.upgrade.finding import Finding
from influx_pipelines.upgrade.report import report
from influx_pipelines.upgrade.timefields import makes_time_field, telegraf_makes_time_field

HELD = TokenFact("1", "telegraf", "narrow", shown=True, held="the file tokens/…/telegraf")
FOREIGN = TokenFact("2", "Grafana", "narrow", shown=True)
OLD = Facts(version=(2, 7, 12), embedded=False, operator_held=True, tokens=(HELD, FOREIGN))
NEW = replace(
    OLD, version=(2, 9, 1), tokens=(replace(HELD, shown=False), replace(FOREIGN, shown=False))
)
TO = '|> to(bucket: "b")'
READ = 'from(bucket: "a") |> range(start: -1h)'


def found(facts: Facts, subject: str) -> list[Finding]:
    return [one for one in report(facts) if one.subject == subject]


def states(facts: Facts, subject: str) -> list[str]:
    return [one.state for one in found(facts, subject)]


def test_a_token_whose_text_nobody_holds_is_named_before_it_is_hashed() -> None:
    (one,) = found(OLD, "tokens")
    assert one.state == "do"
    assert "Of 1 of 2 nobody here holds the text: Grafana." in one.what
    assert states(replace(OLD, tokens=(HELD,)), "tokens") == ["know"]


def test_of_hashed_tokens_is_told_which_texts_are_here() -> None:
    (one,) = found(NEW, "tokens")
    assert one.state == "know"
    assert "texts of telegraf" in one.what
    assert "Grafana" not in one.what


def test_where_tokens_may_not_be_listed_nothing_is_concluded() -> None:
    assert states(replace(OLD, tokens=None), "tokens") == ["unknown"]


def test_without_an_operator_token_no_full_restore_of_2_9_is_possible() -> None:
    assert states(replace(OLD, operator_held=False), "operator token") == ["do"]


def test_the_way_back_costs_the_hashed_tokens() -> None:
    (before,) = found(OLD, "downgrade")
    assert (before.state, "--use-hashed-tokens=false" in before.before) == ("do", True)
    (after,) = found(NEW, "downgrade")
    assert (after.state, "2 of 2" in after.what) == ("know", True)
    (plain,) = found(replace(OLD, version=(2, 8, 0)), "downgrade")
    assert (plain.state, "erase none" in plain.what) == ("know", True)


def test_backups_are_told_by_what_they_can_be_restored_to() -> None:
    assert states(OLD, "restore") == ["do"]
    kept = (
        Backup("new", True, (2, 9, 1)),
        Backup("old", True, (2, 7, 10)),
        Backup("dark", True, None),
        Backup("lines", False, (2, 9, 1)),
    )
    told = {one.what: one.state for one in found(replace(OLD, backups=kept), "restore")}
    assert sorted(told.values()) == ["do", "know", "know", "none", "unknown"]
    assert any("(new) are refused by 2.7" in what for what in told)
    assert any(what.startswith("old come") and state == "do" for what, state in told.items())


def test_2_9_0_is_passed_over() -> None:
    assert states(replace(NEW, version=(2, 9, 0)), "compactions") == ["do"]
    assert states(NEW, "compactions") == []


def test_the_age_of_a_replication_is_checked_by_2_9() -> None:
    def of(*ages: int) -> list[str]:
        listed = tuple(Replication(f"r{age}", age) for age in ages)
        return states(replace(OLD, replications=listed), "replications")

    assert (of(0, 60, 5_184_000), of(59), of(5_184_001)) == (["none"], ["do"], ["do"])
    assert states(replace(OLD, replications=None), "replications") == ["unknown"]


@pytest.mark.parametrize(
    ("script", "makes"),
    [
        (f'{READ} |> set(key: "_field", value: "time") {TO}', True),
        (f'{READ} |> rename(columns: {{stamp: "time"}}) {TO}', True),
        (f'{READ} |> map(fn: (r) => ({{r with time: 1}})) |> experimental.to(bucket: "b")', True),
        (f'{READ} |> to(bucket: "b", fieldFn: (r) => ({{"time": r._value}}))', True),
        (f'{READ} |> to(bucket: "b", timeColumn: "time")', False),
        (f'{READ} |> set(key: "_field", value: "time")', False),
        (f'{READ} |> set(key: "_field", value: "times") {TO}', False),
        ("from(", None),
    ],
)
def test_a_task_that_writes_and_names_a_field_time_is_seen(script: str, makes: bool | None) -> None:
    assert makes_time_field(script) is makes


@pytest.mark.parametrize(
    ("config", "makes"),
    [
        ('[[processors.rename.replace]]\nfield = "stamp"\ndest = "time"', True),
        ('[[inputs.http]]\ndata_format = "json"\njson_string_fields = ["time"]', True),
        ('[[inputs.http]]\ndata_format = "json"', None),
        ('[[inputs.http]]\ndata_format = "json"\njson_time_key = "time"', False),
        ("[[inputs.cpu]]\npercpu = true", False),
        ("[[", None),
    ],
)
def test_a_configuration_of_telegraf_that_names_a_field_time_is_seen(
    config: str, makes: bool | None
) -> None:
    assert telegraf_makes_time_field(config) is makes


def test_who_makes_a_field_time_is_named_and_that_others_cannot_be_seen_too() -> None:
    facts = replace(
        OLD,
        tasks=(Script("copy", f'{READ} |> set(key: "_field", value: "time") {TO}'),),
        telegrafs=(Script("web", '[[inputs.http]]\ndata_format = "json"'),),
    )
    listed = found(facts, "field time")
    assert [one.state for one in listed] == ["do", "unknown", "unknown"]
    assert "task copy may make one" in listed[0].what
    assert "Telegraf configuration web" in listed[1].what
    assert states(OLD, "field time") == ["unknown"]
