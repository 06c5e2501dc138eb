"""`influx-pipelines api`: what it makes and names when it starts."""

from __future__ import annotations

import stat
from pathlib import Path

import requests

from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.api import posted
from influx_pipelines_tests.apicommand import api_command


def test_it_names_the_tokens_that_it_made_and_shows_none(
    server: Connection, tmp_path: Path
) -> None:
    with api_command(server, tmp_path) as command:
        files = {role: tmp_path / "api" / f"{role}.token" for role in ("operator", "webhook")}
        tokens = {role: path.read_text().strip() for role, path in files.items()}
        headers = {"Authorization": f"Bearer {tokens['webhook']}"}
        url = f"{command.url}/influxdb/alert"
        answer = requests.post(url, json=posted(), headers=headers, timeout=10)
        assert answer.status_code == 200
        headers = {"Authorization": f"Bearer {tokens['operator']}"}
        listed = requests.get(f"{command.url}/influxdb/alerts", headers=headers, timeout=10)
        assert len(listed.json()["alerts"]) == 1
    assert command.process.returncode == 0
    printed = command.log.read_text()
    for role, path in files.items():
        assert str(path) in printed
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert tokens[role] not in printed
    assert '"path": "/influxdb/alert"' in printed
