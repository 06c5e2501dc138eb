"""Many webhooks at once: each that is answered 200 is in the table, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.models import AlertStatus
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.api import OPERATOR, WEBHOOK, serving, settings_of
from influx_pipelines_tests.apicommand import api_command
from influx_pipelines_tests.flood import flood

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


def stored(url: str) -> int:
    database = Database(url)
    with database.reading() as session:
        found = session.scalar(select(func.count()).select_from(AlertStatus)) or 0
    database.close()
    return found


@KINDS
def test_each_webhook_that_is_answered_200_is_in_the_table(
    server: Connection, tmp_path: Path, alerts_url_of: Callable[[str], str], kind: str
) -> None:
    alerts_url = alerts_url_of(kind)
    # It needs no InfluxDB to store what InfluxDB sends.
    nowhere = replace(server, url="http://127.0.0.1:9")
    with serving(settings_of(home=tmp_path, alerts_url=alerts_url), nowhere) as api:
        found = flood(api.url, kind, each=10, clients=8)
    assert found.answers == {200: 80}
    assert stored(alerts_url) == 80


@pytest.mark.proof
@KINDS
def test_eight_clients_for_ten_seconds(
    server: Connection, tmp_path: Path, alerts_url_of: Callable[[str], str], kind: str
) -> None:
    """At least 300 a second, in steady memory; prints what was measured."""
    alerts_url = alerts_url_of(kind)
    variables = {
        "ALERTS_URL": alerts_url,
        "API_TOKEN": OPERATOR,
        "WEBHOOK_TOKEN": WEBHOOK,
        "API_RATE": "100000",
    }
    with api_command(server, tmp_path, **variables) as command:
        flood(command.url, "first", seconds=1)
        process, rows = psutil.Process(command.process.pid), stored(alerts_url)
        before = process.memory_info().rss
        found = flood(command.url, "second", seconds=10)
        grown = (process.memory_info().rss - before) / 2**20
        print(f"\n{kind}: {found}, memory {before / 2**20:.0f} MB and {grown:+.1f} MB")
    assert set(found.answers) == {200}
    assert stored(alerts_url) == rows + found.answers[200]
    assert found.per_second >= 300
    assert grown < 20
