"""`influx-pipelines alerts`, as a person types it."""

from __future__ import annotations

import pytest
from click.testing import Result
from typer.testing import CliRunner

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.instants import to_nanoseconds, utc_now
from influx_pipelines.alerts.store import record
from influx_pipelines.cli import app
from influx_pipelines_tests.alerts import START, status


@pytest.fixture
def store(alerts_database: Database, alerts_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Two series, one of them critical, one minute ago."""
    names = {"INFLUXDB_URL": "http://127.0.0.1:9", "INFLUXDB_TOKEN": "t", "INFLUXDB_ORG": "test"}
    for name, value in {**names, "INFLUX_PIPELINES_ALERTS_URL": alerts_url}.items():
        monkeypatch.setenv(name, value)
    minute = (to_nanoseconds(utc_now()) - START) / 60e9 - 1
    with alerts_database.session() as session:
        record(session, [status("crit", minute), status("ok", minute, host="b")])
    return alerts_database


def alerts(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["alerts", *arguments], env={"COLUMNS": "200"})


def test_an_incident_is_listed_acknowledged_and_resolved(store: Database) -> None:
    assert "load is crit on a" in alerts("list").output
    assert alerts("ack", "1", "--by", "ann").output == "Incident 1 is acknowledged.\n"
    assert "acknowledged" in alerts("list").output
    assert alerts("resolve", "1").exit_code == 0
    assert alerts("list").output == "No incident is going on.\n"
    assert "by hand" in alerts("list", "--all").output
    for command in ("ack", "resolve"):
        assert "there is no incident 77" in alerts(command, "77").output


def test_statuses_are_found_by_what_one_asks_for(store: Database) -> None:
    assert len(alerts("statuses").output.splitlines()) == 3
    for given in (
        ["--active"],
        ["--level", "crit"],
        ["--tag", "host=a"],
        ["--check", "LOA", "--active"],
    ):
        (_, line) = alerts("statuses", *given).output.splitlines()
        assert line.endswith("load is crit on a")
    assert alerts("statuses", "--tag", "host=c").output == "No status was found.\n"
    assert "no level: bad" in alerts("statuses", "--level", "bad").output


def test_a_silence_is_made_shown_and_ended(store: Database) -> None:
    assert alerts("silence").output == "Nothing is silent.\n"
    made = alerts("silence", "host=a", "check=lo*", "--for", "1h30m", "--reason", "[work]")
    assert "Silence 1 lasts until" in made.output
    assert "check=lo*" in made.output
    assert "[work]" in made.output
    assert alerts("silence", "--end", "1").output == "Nothing is silent.\n"
    assert "there is no silence 1" in alerts("silence", "--end", "1").output
    assert "NAME=VALUE" in alerts("silence", "host").output
    assert "--for" in alerts("silence", "host=a", "--for", "soon").output


def test_a_database_that_is_down_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "postgresql://alerts:not-told@127.0.0.1:9/alerts"
    monkeypatch.setenv("INFLUX_PIPELINES_ALERTS_URL", url)
    down = alerts("ack", "1")
    assert down.exit_code == 1
    assert "database of the alerts" in down.output
    assert "not-told" not in down.output
