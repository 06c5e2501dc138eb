"""Everything running: InfluxDB, Dagster's page and daemon with schedules and sensors, sampler."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import urllib3

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.process import free_port
from influx_pipelines_tests.conftest import GIVEN
from influx_pipelines_tests.project import Project

LAUNCH = """
mutation($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}
"""
SAMPLES = """
from(bucket: "monitoring") |> range(start: -5m) |> filter(fn: (r) => r._field == "load1")
"""
STATUS = """
query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }
"""


class Up:
    """A running `influx-pipelines up`."""

    def __init__(self, project: Project, child: subprocess.Popen[str], url: str, api: str) -> None:
        self.project, self.child, self.url, self.api = project, child, url, api
        self.answers: list[str] = []

    def connection(self) -> dict[str, str]:
        """Address, organisation and token of its InfluxDB."""
        environ = self.project.environ
        if "INFLUXDB_URL" in environ:
            return {name: environ[f"INFLUXDB_{name.upper()}"] for name in ("url", "token", "org")}
        return json.loads((self.project.home / "connection.json").read_text())

    def client(self) -> Influx:
        found = self.connection()
        return Influx(found["url"], found["token"], found["org"])

    def samples(self) -> int:
        """The number of samples that the sampler has written of late."""
        with self.client() as client:
            if client.find_bucket("monitoring") is None:
                return 0
            return len(client.query(SAMPLES).rows())

    def graphql(self, query: str, **variables: Any) -> Any:
        answer = urllib3.request(
            "POST",
            f"{self.url}/graphql",
            json={"query": query, "variables": variables},
            timeout=30.0,
        )
        self.answers.append(answer.data.decode())
        value = answer.json()
        assert "errors" not in value, value
        return value["data"]

    def materialize(self, *path: str) -> str:
        """Launch a run for an asset and wait for its end; the final status."""
        selector = {
            "repositoryLocationName": "influx_pipelines",
            "repositoryName": "__repository__",
            "pipelineName": "__ASSET_JOB",
            "assetSelection": [{"path": list(path)}],
        }
        params = {"selector": selector, "mode": "default", "runConfigData": {}}
        launched = self.graphql(LAUNCH, params=params)["launchPipelineExecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run_id = launched["run"]["runId"]
        ended = ("SUCCESS", "FAILURE", "CANCELED")
        return wait_for(lambda: (s := self._status(run_id)) in ended and s, 120)

    def _status(self, run_id: str) -> str:
        return str(self.graphql(STATUS, id=run_id)["runOrError"]["status"])


def wait_for(look: Callable[[], Any], seconds: float) -> Any:
    """Look every half second until something true is seen.

    Raises:
        AssertionError: it was not seen in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError(f"not seen within {seconds:.0f} s")


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    folder = tmp_path_factory.mktemp("up") / "project"
    environ, forget = _given_org() if GIVEN else ({}, lambda: None)
    given = {"INFLUX_PIPELINES_SAMPLE_SECONDS": "2", "INFLUX_PIPELINES_NETWORK": "false"}
    project = Project(folder, **given, **environ)
    port = free_port()
    child = project.start("up", "--port", str(port))
    lines: list[str] = []
    threading.Thread(target=lambda: lines.extend(child.stdout or ()), daemon=True).start()
    try:
        wait_for(lambda: any("Ctrl-C stops everything" in line for line in lines), 90)
        (api,) = (line.split()[1] for line in lines if line.startswith("API "))
        yield Up(project, child, f"http://127.0.0.1:{port}", api.removesuffix("/docs"))
    finally:
        _stop(project.folder, child)
        forget()


def _stop(folder: Path, child: subprocess.Popen[str]) -> None:
    """Ctrl-C, and then nothing of it may be left."""
    family = psutil.Process(child.pid).children(recursive=True)
    os.killpg(child.pid, signal.SIGINT)
    status = child.wait(60)
    _, left = psutil.wait_procs(family, timeout=10)
    for process in left:
        process.kill()
    assert left == [], "processes were left behind"
    assert status == 0


def _given_org() -> tuple[dict[str, str], Callable[[], None]]:
    """An organisation of our own on the server that was given."""
    given = {name: os.environ[name] for name in ("INFLUXDB_URL", "INFLUXDB_TOKEN", "INFLUXDB_ORG")}
    operator = Influx(given["INFLUXDB_URL"], given["INFLUXDB_TOKEN"], given["INFLUXDB_ORG"])
    name = f"test-{secrets.token_hex(6)}"
    made = operator.request("POST", "/api/v2/orgs", json={"name": name})

    def forget() -> None:
        operator.request("DELETE", f"/api/v2/orgs/{made['id']}")
        operator.close()

    return {**given, "INFLUXDB_ORG": name}, forget
