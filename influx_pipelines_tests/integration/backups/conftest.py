"""A server that takes native restores as a real one does, and real sets to restore."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from influx_pipelines.backups.sets import BackupSet, open_set
from influx_pipelines.backups.verify import verify
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.services.native_restore import RESTORE, RestoringServer
from influx_pipelines_tests.services.nativefaults import Fault

SCRIPT = """
import sys
from pathlib import Path
from influx_pipelines.influx.client import Influx
client, folder = Influx(*sys.argv[1:4]), Path(sys.argv[4])
"""
ORG_OF_SETS = "sample-org"
SETS = Path(__file__).parents[2] / "fixtures/backups"


@pytest.fixture
def restoring(server: Connection, org: str) -> Iterator[RestoringServer]:
    with RestoringServer(SETS / "2.9.1", server, org) as found:
        yield found
    with Influx(server.url, server.token, server.org) as client:
        for one in client.request("GET", "/api/v2/orgs", params={"limit": 100})["orgs"]:
            if one["name"] == ORG_OF_SETS:  # that a full restore has made
                client.request("DELETE", f"/api/v2/orgs/{one['id']}")


@pytest.fixture
def killed(restoring: RestoringServer, operator: Influx) -> Callable[[str, Path], None]:
    """Runs a script with a client and a folder, and kills it when it has begun to send a shard."""

    def kill(script: str, folder: Path) -> None:
        restoring.break_answer = lambda asked, number: (
            Fault("stall", 0, 30) if asked.path.startswith(f"{RESTORE}shards/") else None
        )
        given = [restoring.url, restoring.token, operator.org, str(folder)]
        child = subprocess.Popen(
            [sys.executable, "-c", SCRIPT + script, *given],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        deadline = time.monotonic() + 60
        while not any(path.startswith(f"{RESTORE}shards/") for path, _ in restoring.received):
            assert time.monotonic() < deadline
            assert child.poll() is None
            time.sleep(0.02)
        child.kill()
        child.wait()
        restoring.break_answer = lambda asked, number: None

    return kill


@pytest.fixture
def operator(restoring: RestoringServer, org: str) -> Iterator[Influx]:
    """A client with the operator token of that server."""
    with Influx(restoring.url, restoring.token, org, retry_seconds=0) as client:
        yield client


@pytest.fixture
def kept(tmp_path: Path) -> Callable[[str], BackupSet]:
    """Puts a real set into a folder of backups, as one that was verified."""

    def put(version: str) -> BackupSet:
        folder = tmp_path / "backups" / f"backup-{version}"
        shutil.copytree(SETS / version, folder)
        verify(folder).save(folder)
        return open_set(folder)

    return put
