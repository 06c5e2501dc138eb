"""The daily work on several machines while workers are killed, against the same in one process."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings
from influx_pipelines_tests.cluster.machines import WORKERS, Cluster, environment, running
from influx_pipelines_tests.cluster.work import ALERTS, BACKUP, ESTATE, INGEST, Result, result, say
from influx_pipelines_tests.conftest import fresh_org
from influx_pipelines_tests.services.weather import OpenMeteo, open_meteo

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]
RUNS = 10
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def weather() -> Iterator[OpenMeteo]:
    with open_meteo() as fake:
        yield fake


@pytest.fixture(scope="module")
def in_one_process(
    server: Connection, weather: OpenMeteo, tmp_path_factory: pytest.TempPathFactory
) -> Result:
    home = tmp_path_factory.mktemp("alone")
    with fresh_org(server) as org, Influx(server.url, server.token, org) as influx:
        say(influx, NOW)
        work = [sys.executable, "-m", "influx_pipelines_tests.cluster.work"]
        environ = {**environment(home, server, org), "OPEN_METEO_URL": weather.url}
        subprocess.run(work, env=environ, cwd=home, check=True, timeout=200)
        found = result(influx, Settings(home=home, _env_file=None))
    assert all((found.points, found.statuses, found.incidents, found.objects["tasks"]))
    assert [good for good, _ in found.backups] == [True]
    return found


@pytest.mark.parametrize("seed", range(RUNS))
def test_a_worker_killed_at_any_time_changes_nothing_of_the_result(
    seed: int, tmp_path: Path, server: Connection, weather: OpenMeteo, in_one_process: Result
) -> None:
    dice = random.Random(seed)
    with (
        fresh_org(server) as org,
        Influx(server.url, server.token, org) as influx,
        running(tmp_path, server, org, OPEN_METEO_URL=weather.url) as cluster,
    ):
        say(influx, NOW)
        for works in ([ESTATE], [INGEST, BACKUP, ALERTS]):
            runs = [cluster.launch(work) for work in works]
            _kill(cluster, dice)
            for run_id in runs:
                cluster.finish(run_id, 240)
        settings = Settings(
            home=tmp_path / "shared",
            alerts_url=cluster.environ["INFLUX_PIPELINES_ALERTS_URL"],
            _env_file=None,
        )
        assert result(influx, settings) == in_one_process


def _kill(cluster: Cluster, dice: random.Random) -> None:
    """One of the workers, some time after the launch; another one is started in its place."""
    time.sleep(dice.uniform(0, 15))
    name = dice.choice(WORKERS)
    cluster.kill_worker(name)
    cluster.start_worker(name)
