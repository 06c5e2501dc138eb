"""On several machines, with real servers: a worker that is killed costs time and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.cluster.machines import SILENCE, Cluster, running
from influx_pipelines_tests.cluster.work import BUCKET, DAYS, FIRST, INGEST
from influx_pipelines_tests.contents import contents
from influx_pipelines_tests.e2e.conftest import wait_for
from influx_pipelines_tests.services.service import Answer, Request
from influx_pipelines_tests.services.weather import OpenMeteo, open_meteo

pytestmark = pytest.mark.timeout(300)
STEP = "weather__history"
PLACES = 2


class Holding:
    """The first answer of the archive waits until it is let go."""

    def __init__(self, fake: OpenMeteo) -> None:
        self.asked, self.go_on, self._answer = threading.Event(), threading.Event(), fake.answer
        fake.service.answer = self.answer

    def answer(self, asked: Request) -> Answer:
        if not self.asked.is_set():
            self.asked.set()
            self.go_on.wait(60)
        return self._answer(asked)


@pytest.fixture
def weather() -> Iterator[OpenMeteo]:
    with open_meteo() as fake:
        yield fake


@pytest.fixture
def cluster(tmp_path: Path, server: Connection, org: str, weather: OpenMeteo) -> Iterator[Cluster]:
    with running(tmp_path, server, org, OPEN_METEO_URL=weather.url) as found:
        yield found


def test_the_ingest_of_a_killed_worker_is_done_by_the_other_one(
    cluster: Cluster, weather: OpenMeteo, influx: Influx
) -> None:
    influx.create_bucket(BUCKET, retention_seconds=0)
    held = Holding(weather)
    run_id = cluster.launch(INGEST)
    assert held.asked.wait(90), cluster.told(run_id)
    killed = wait_for(lambda: cluster.worker_of(run_id, STEP), 30)
    cluster.kill_worker(killed)
    held.go_on.set()
    cluster.finish(run_id)
    assert cluster.worker_of(run_id, STEP) != killed
    assert cluster.starts(run_id, STEP) == 2
    times = {(tags, row[3]) for row in contents(influx, BUCKET, FIRST, DAYS) for tags in [row[5]]}
    assert len(times) == PLACES * DAYS * 24


@pytest.mark.proof
def test_a_step_that_takes_long_is_not_given_to_a_second_worker(
    cluster: Cluster, weather: OpenMeteo, influx: Influx
) -> None:
    """Redis takes whoever does not acknowledge in time for dead."""
    influx.create_bucket(BUCKET, retention_seconds=0)
    held = Holding(weather)
    run_id = cluster.launch(INGEST)
    assert held.asked.wait(90), cluster.told(run_id)
    time.sleep(4 * SILENCE)
    held.go_on.set()
    cluster.finish(run_id)
    assert cluster.starts(run_id, STEP) == 1
