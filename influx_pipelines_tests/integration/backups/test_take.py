"""A backup in a process of its own: one at a time, and nothing half when it is told to stop."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from influx_pipelines.backups.errors import BackupBusy
from influx_pipelines.backups.sets import sets_below
from influx_pipelines.backups.take import take
from influx_pipelines.influx.client import Influx
from influx_pipelines.settings import Settings
from influx_pipelines_tests.backups import sample
from influx_pipelines_tests.project import COMMAND, Project, given
from influx_pipelines_tests.services.native import Asked, NativeServer
from influx_pipelines_tests.services.nativefaults import Fault

RUN = """
import dagster as dg
from influx_pipelines.defs.backups.assets import backup
from influx_pipelines.resources import EstateResource, InfluxDBResource
resources = {"influx": InfluxDBResource(), "estate": EstateResource()}
dg.materialize([backup], resources=resources)
"""
COMMANDS = {"command": [COMMAND, "backup", "take"], "run": [sys.executable, "-c", RUN]}


class Slow(NativeServer):
    """Its first shard takes a minute, until `slow` is False."""

    slow = True

    def break_at(self, asked: Asked, number: int) -> Fault | None:
        is_shard = self.slow and "/backup/shards/" in asked.path and "40000" not in asked.path
        return Fault("stall", 100, seconds=60.0) if is_shard else None


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Slow]:
    with Slow(sample("2.9.1", tmp_path)) as server:
        org = {"id": "0000000000000001", "name": "acme"}
        system = [
            {"id": f"000000000000000{n}", "orgID": org["id"], "name": name, "type": "system"}
            for n, name in enumerate(("_monitoring", "_tasks"), 1)
        ]
        server.fixed = {"/api/v2/orgs": {"orgs": [org]}, "/api/v2/buckets": {"buckets": system}}
        server.break_answer = server.break_at
        yield server


@pytest.fixture
def project(tmp_path: Path, slow: Slow) -> Project:
    return given(tmp_path, slow.url, slow.token, "acme")


def started(project: Project, how: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        COMMANDS[how],
        cwd=project.folder,
        env=project.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait_for_files(folder: Path, process: subprocess.Popen[str]) -> None:
    while not any(folder.glob("*.partial/*")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


@pytest.mark.parametrize("how", COMMANDS)
def test_stopped_it_leaves_nothing_half_and_meanwhile_another_is_told(
    project: Project, slow: Slow, how: str
) -> None:
    """A cancelled run began again: Dagster retries a step that was interrupted, too."""
    folder = project.home / "backups"
    process = started(project, how)
    try:
        wait_for_files(folder, process)
        settings = Settings(home=project.home, _env_file=None)
        with (
            Influx(slow.url, slow.token, "acme") as client,
            pytest.raises(BackupBusy, match="backup"),
        ):
            take(client, settings)
        began = time.monotonic()
        process.terminate()
        text, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert time.monotonic() - began < 10, "it waited for the server"
    assert not list(folder.glob("backup-*")), text
    assert sets_below(folder) == []
    assert process.returncode != 0
    if how == "command":
        assert (process.returncode, "Nothing was kept" in text) == (130, True)
    slow.slow = False
    with Influx(slow.url, slow.token, "acme") as client:
        assert take(client, settings).verification is not None


def test_killed_it_leaves_what_the_next_one_removes(project: Project, slow: Slow) -> None:
    folder = project.home / "backups"
    process = started(project, "command")
    try:
        wait_for_files(folder, process)
    finally:
        process.kill()
        process.communicate()
    assert list(folder.glob("*.partial"))
    slow.slow = False
    settings = Settings(home=project.home, _env_file=None)
    with Influx(slow.url, slow.token, "acme") as client:
        made = take(client, settings)
    assert [path.name for path in folder.glob("backup-*")] == [made.name]
    assert made.verification is not None
    assert made.verification.good
