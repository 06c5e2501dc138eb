"""`influx-pipelines api` as a person starts it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from influx_pipelines.server.connection import Connection
from influx_pipelines.server.process import free_port
from influx_pipelines_tests.conftest import ROOT

PROGRAM = "from influx_pipelines.cli import main; main()"


@dataclass(frozen=True)
class Command:
    """Address, process, and what it prints."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def api_command(connection: Connection, home: Path, **variables: str) -> Iterator[Command]:
    """Start it with a home of its own; wait until it is ready; end it politely."""
    port = free_port()
    env = {
        **os.environ,
        "INFLUXDB_URL": connection.url,
        "INFLUXDB_TOKEN": connection.token,
        "INFLUXDB_ORG": connection.org,
        "INFLUX_PIPELINES_HOME": str(home),
        **{f"INFLUX_PIPELINES_{name}": value for name, value in variables.items()},
    }
    log = home / "api.log"
    with log.open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "api", "--port", str(port)],
            env=env,
            stdout=output,
            stderr=output,
            cwd=ROOT,
        )
    try:
        yield Command(_ready(f"http://127.0.0.1:{port}"), child, log)
    finally:
        child.terminate()
        child.wait(15)


def _ready(url: str) -> str:
    for _ in range(400):
        try:
            if requests.get(f"{url}/ready", timeout=5).status_code == 200:
                return url
        except requests.ConnectionError:
            pass
        time.sleep(0.05)
    raise RuntimeError("the API is not ready")
