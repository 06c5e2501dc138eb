"""A good set-up in a folder of its own, for tests that break it in one place."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.alerts.database import Database
from influx_pipelines.doctor.examine import CHECKS, Check, examine
from influx_pipelines.doctor.needs import NEEDS
from influx_pipelines.doctor.orchestrator.look import orchestrator
from influx_pipelines.doctor.result import Result
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.tokens import NewToken
from influx_pipelines_tests.conftest import ROOT

SECRET = "a-value-that-nobody-may-read"
SECRETS = """secrets:
  - {name: pager, env: DOCTOR_PAGER}
"""
CHANNELS = """channels:
  - {name: ops, env: DOCTOR_OPS}
default: [ops]
"""
BEAT = {"__class__": "DaemonHeartbeat", "daemon_id": "x", "daemon_type": "SENSOR", "errors": []}
NEW_BUCKET = {
    "__class__": "ExternalJobOrigin",
    "external_repository_origin": {
        "__class__": "ExternalRepositoryOrigin",
        "repository_location_origin": {
            "__class__": "RegisteredRepositoryLocationOrigin",
            "location_name": "influx_pipelines",
        },
        "repository_name": "__repository__",
    },
    "job_name": "new_bucket",
}


class Setup:
    """A project folder, the working folder of the test, with all settings in the environment."""

    def __init__(
        self, root: Path, client: Influx, alerts: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.root, self.client, self.monkeypatch = root, client, monkeypatch
        self.home, self.estate = root / ".influx_pipelines", root / "estate"
        shutil.copy(ROOT / "dagster.yaml", root)
        self.estate.mkdir()
        self.declare("secrets.yaml", SECRETS)
        self.declare("alerts.yaml", CHANNELS)
        self.declare("locations.yaml", "locations: []\n")
        self.home.mkdir()
        (self.home / "connection.json").touch(mode=0o600)
        shutil.copy(alerts, self.home / "alerts.db")
        monkeypatch.chdir(root)
        for name in [name for name in os.environ if name.startswith(("INFLUX", "DAGSTER_HOME"))]:
            if name != "INFLUX_PIPELINES_ENV_FILE":
                monkeypatch.delenv(name)
        self.set("INFLUXDB_URL", client.url)
        self.set("INFLUXDB_TOKEN", client.transport.token)
        self.set("INFLUXDB_ORG", client.org)
        self.set("DOCTOR_PAGER", SECRET)
        self.set("DOCTOR_OPS", f"json://ops.example/{SECRET}")

    def set(self, name: str, value: str) -> None:
        self.monkeypatch.setenv(name, value)

    def unset(self, name: str) -> None:
        self.monkeypatch.delenv(name)

    def declare(self, name: str, text: str) -> None:
        (self.estate / name).write_text(text)

    def examine(self, *checks: Check) -> list[Result]:
        """All but Dagster, whose definitions take a second, unless checks are named."""
        return examine(self.root, checks or CHECKS[: CHECKS.index(orchestrator)])

    def token(self, *lacking: tuple[str, str]) -> NewToken:
        """A token with all rights that are needed but these."""
        user = self.client.request("GET", "/api/v2/me")["id"]
        org_id = self.client.org_id
        kinds: dict[str, Any] = {need.resource: {"orgID": org_id} for need in NEEDS}
        kinds |= {"orgs": {"id": org_id}, "users": {"id": user}}
        permissions = [
            {"action": action, "resource": {"type": kind, **scope}}
            for kind, scope in kinds.items()
            for action in ("read", "write")
            if (action, kind) not in lacking
        ]
        return self.client.create_token("doctor", permissions, lambda: None)

    def database(self) -> Database:
        return Database(f"sqlite:///{self.home / 'alerts.db'}")

    def dagster(self, *, beat_age: float, sensor: str) -> None:
        """A history in which a daemon was seen, and the sensor `new_bucket` has a state."""
        with dg.DagsterInstance.from_config(str(self.root)) as instance:
            beat = {**BEAT, "timestamp": time.time() - beat_age}
            instance.add_daemon_heartbeat(dg.deserialize_value(json.dumps(beat)))
            state = {
                "__class__": "InstigatorState",
                "origin": NEW_BUCKET,
                "job_type": {"__enum__": "InstigatorType.SENSOR"},
                "status": {"__enum__": f"InstigatorStatus.{sensor}"},
                "job_specific_data": {"__class__": "SensorInstigatorData", "min_interval": 30},
            }
            instance.add_instigator_state(dg.deserialize_value(json.dumps(state)))


def reds(results: Sequence[Result]) -> dict[str, Result]:
    return {one.name: one for one in results if one.state == "red"}
