"""A server that takes native restores as a real one does, and real sets to restore."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from influx_pipelines.backups.sets import BackupSet, open_set
from influx_pipelines.backups.verify import verify
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.services.native_restore import RestoringServer

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
