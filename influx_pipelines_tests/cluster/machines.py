"""Code server, web page, daemon and two Celery workers, each as on a machine of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import psutil
import pytest
import urllib3

from influx_pipelines.server import process
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests import postgres, redis
from influx_pipelines_tests.cluster.work import Work
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.e2e.conftest import LAUNCH, wait_for

WORKERS = ("one", "two")
SILENCE = 8
ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


class Cluster:
    """Processes by name, all with the same environment and each with a working folder."""

    def __init__(self, folder: Path, environ: dict[str, str], instance: dg.DagsterInstance) -> None:
        self.folder, self.environ, self.instance = folder, environ, instance
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.url = ""

    def start(self, name: str, *command: str) -> None:
        """A process in a session of its own, in the empty folder of its name."""
        place = self.folder / name
        place.mkdir(exist_ok=True)
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            self.children[name] = subprocess.Popen(
                [Path(sys.executable).with_name(command[0]), *command[1:]],
                cwd=place,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def start_worker(self, name: str) -> None:
        options = ["--queues", "dagster", "--concurrency", "1", "--loglevel", "INFO"]
        app = ["celery", "--app", "influx_pipelines.worker", "worker"]
        self.start(name, *app, *options, "--hostname", f"{name}@here")

    def kill_worker(self, name: str) -> None:
        """End it and the process of its step as a machine ends that loses its power."""
        child = self.children.pop(name)
        family = psutil.Process(child.pid).children(recursive=True)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        psutil.wait_procs(family, timeout=10)

    def launch(self, work: Work) -> str:
        """Put a run into the queue through the web page's GraphQL; its ID."""
        params = {
            "selector": {
                "repositoryLocationName": "influx_pipelines",
                "repositoryName": "__repository__",
                "pipelineName": "__ASSET_JOB",
                "assetSelection": [{"path": name.split("/")} for name in work.assets],
            },
            "mode": "default",
            "runConfigData": {},
            "executionMetadata": {"tags": [{"key": k, "value": v} for k, v in work.tags.items()]},
        }
        answer = urllib3.request(
            "POST",
            f"{self.url}/graphql",
            json={"query": LAUNCH, "variables": {"params": params}},
            timeout=60.0,
        ).json()
        launched = answer["data"]["launchPipelineExecution"]
        assert launched["__typename"] == "LaunchRunSuccess", answer
        return str(launched["run"]["runId"])

    def finish(self, run_id: str, seconds: float = 150) -> None:
        """Wait for the end of a run, which is a success."""
        status = wait_for(lambda: (s := self._status(run_id)) in ENDED and s, seconds)
        assert status == dg.DagsterRunStatus.SUCCESS, "\n".join(self.told(run_id))

    def worker_of(self, run_id: str, step: str) -> str | None:
        """The worker that a step was given to last; None before that."""
        for entry in reversed(self.instance.all_logs(run_id)):
            event = entry.dagster_event
            if event is None or event.step_key != step or not event.is_engine_event:
                continue
            told = event.engine_event_data.metadata.get("Celery worker")
            if told is not None:
                return str(told.value).partition("@")[0]
        return None

    def starts(self, run_id: str, step: str) -> int:
        """How often a step began."""
        events = [entry.dagster_event for entry in self.instance.all_logs(run_id)]
        return sum(e is not None and e.is_step_start and e.step_key == step for e in events)

    def told(self, run_id: str) -> list[str]:
        """What a run that failed said, and the ends of the logs."""
        events = [entry.user_message for entry in self.instance.all_logs(run_id)]
        logs = [process.tail(self.folder / f"{name}.log") for name in self.children]
        return events[-20:] + logs

    def _status(self, run_id: str) -> Any:
        run = self.instance.get_run_by_id(run_id)
        assert run is not None
        return run.status

    def stop(self) -> None:
        firsts = {n: signal.SIGTERM if n in WORKERS else signal.SIGINT for n in self.children}
        for name, child in self.children.items():
            child.send_signal(firsts[name])
        for name, child in self.children.items():
            process.stop(child, first=firsts[name])


@contextmanager
def running(folder: Path, server: Connection, org: str, **given: str) -> Iterator[Cluster]:
    """Everything is up; `given` are more settings. Skips where a program is missing."""
    programs = postgres.installed()
    if programs is None or shutil.which(redis.PROGRAM) is None:
        pytest.skip("no PostgreSQL or Redis: apt-get install postgresql redis-server")
    with ExitStack() as stack:
        database = stack.enter_context(postgres.running(programs))
        for name in ("dagster", "alerts"):
            postgres.execute(database, f"CREATE DATABASE {name}")
        broker = stack.enter_context(redis.running())
        home = folder / "dagster_home"
        home.mkdir()
        shutil.copy(ROOT / "deploy" / "cluster" / "dagster.yaml", home)
        shared = {
            **environment(folder / "shared", server, org),
            "DAGSTER_HOME": str(home),
            "DAGSTER_POSTGRES_URL": f"{database}/dagster",
            "DAGSTER_LOGS": str(folder / "logs"),
            "CELERY_BROKER_URL": broker,
            "CELERY_RESULT_BACKEND": broker,
            "INFLUX_PIPELINES_EXECUTOR": "celery",
            "INFLUX_PIPELINES_WORKER_SILENCE": str(SILENCE),
            "INFLUX_PIPELINES_ALERTS_URL": f"{database}/alerts",
            **given,
        }
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        for name in ("DAGSTER_POSTGRES_URL", "DAGSTER_LOGS"):
            patch.setenv(name, shared[name])
        # The tables are made once, before several processes find them missing.
        instance = stack.enter_context(dg.DagsterInstance.from_config(str(home)))
        cluster = Cluster(folder, shared, instance)
        stack.callback(cluster.stop)
        _start(cluster)
        yield cluster


def environment(home: Path, server: Connection, org: str) -> dict[str, str]:
    """What a machine is told of the services; nothing is relative to a working folder."""
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "INFLUX_PIPELINES_ENV_FILE": "",
        "INFLUX_PIPELINES_HOME": str(home),
        "INFLUX_PIPELINES_ESTATE": str(ROOT / "estate"),
        "INFLUX_PIPELINES_BACKUP_KIND": "logical",
        "INFLUXDB_URL": server.url,
        "INFLUXDB_TOKEN": server.token,
        "INFLUXDB_ORG": org,
    }


def _start(cluster: Cluster) -> None:
    code, page = process.free_port(), process.free_port()
    workspace = cluster.folder / "workspace.yaml"
    workspace.write_text(
        f"load_from:\n  - grpc_server: {{host: 127.0.0.1, port: {code},"
        " location_name: influx_pipelines}\n"
    )
    at = ["-h", "127.0.0.1", "-p"]
    served = ["-m", "influx_pipelines.definitions"]
    cluster.start("code", "dagster", "code-server", "start", *served, *at, str(code))
    for name in WORKERS:
        cluster.start_worker(name)
    _wait(cluster, lambda: _accepts(code))
    place = ["-w", str(workspace)]
    cluster.start("page", "dagster-webserver", *place, *at, str(page))
    cluster.start("daemon", "dagster-daemon", "run", *place)
    cluster.url = f"http://127.0.0.1:{page}"
    _wait(cluster, lambda: _accepts(page))


def _wait(cluster: Cluster, look: Callable[[], bool]) -> None:
    wait_for(look, 90)
    for name, child in cluster.children.items():
        log = process.tail(cluster.folder / f"{name}.log")
        assert child.poll() is None, f"{name} ended:\n{log}"


def _accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
