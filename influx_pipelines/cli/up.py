"""`influx-pipelines up`: InfluxDB, Dagster, the HTTP API, the host sampler; until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

import typer
import urllib3

from influx_pipelines.cli.console import out
from influx_pipelines.cli.root import project_root
from influx_pipelines.cli.server import stop_signals
from influx_pipelines.server import process
from influx_pipelines.server.choose import running_server
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings, load_settings, variable_of
from influx_pipelines.sources.sampler import run_sampler
from influx_pipelines.sources.write import write_samples

START_SECONDS = 120.0


def up(port: Annotated[int, typer.Option(help="Port of the web page.")] = 3000) -> None:
    """Start everything; print the addresses; stop everything on Ctrl-C."""
    root = project_root()
    settings = load_settings()
    with stop_signals() as stop, running_server(settings) as connection:
        out.print(f"InfluxDB  {connection.url}  ({connection.kind})")
        with (
            _sampling(settings, connection, stop),
            _api(settings) as api,
            _dagster(root, settings, port, api.url) as dagster,
        ):
            if _answers(f"{api.url}/health", api, stop):
                out.print(f"API       {api.url}/docs  (tokens: {settings.home / 'api'})")
            if _answers(f"{dagster.url}/server_info", dagster, stop):
                out.print(f"Dagster   {dagster.url}  (schedules and sensors are running)")
                out.print("Ctrl-C stops everything.")
            while not stop.wait(0.5):
                for served in (api, dagster):
                    served.raise_if_ended()
        out.print("Stopping …")


class Served(NamedTuple):
    """A child process that answers at an address."""

    name: str
    url: str
    child: subprocess.Popen[bytes]
    log: Path

    def raise_if_ended(self) -> None:
        """Raise StartError when nobody answers there any more."""
        if self.child.poll() is not None:
            text = f"{self.name} ended with status {self.child.returncode}."
            raise process.StartError(f"{text}\n{process.tail(self.log)}")


@contextmanager
def _api(settings: Settings) -> Iterator[Served]:
    """`influx-pipelines api` at the port that InfluxDB is told, or another when that is taken."""
    port = process.free_port(urlsplit(settings.api_url).port)
    log = settings.home / "logs" / "api.log"
    program = "from influx_pipelines.cli import main; main()"
    child = process.start(
        [sys.executable, "-c", program, "api", "--port", str(port)], log, os.environ
    )
    try:
        yield Served("The API", f"http://127.0.0.1:{port}", child, log)
    finally:
        process.stop(child)


@contextmanager
def _dagster(root: Path, settings: Settings, port: int, api_url: str) -> Iterator[Served]:
    """`dagster dev` in a session of its own, with automation running."""
    port = process.free_port(port)
    command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
    env = {**os.environ, "INFLUX_PIPELINES_AUTOMATION": "running"}
    if urlsplit(settings.api_url).port != urlsplit(api_url).port:
        env[variable_of("api_url")] = api_url
    env.pop("DAGSTER_HOME", None)  # the dagster.yaml of this folder is the instance
    log = settings.home / "logs" / "dagster.log"
    child = process.start([*command, "-w", str(root / "workspace.yaml")], log, env)
    try:
        yield Served("Dagster", f"http://127.0.0.1:{port}", child, log)
    finally:
        process.stop(child, first=signal.SIGINT)


def _answers(address: str, served: Served, stop: threading.Event) -> bool:
    """Wait until it answers; False when told to stop, or when it ended."""
    for _ in range(int(START_SECONDS / 0.25)):
        if stop.wait(0.25) or served.child.poll() is not None:
            return False
        try:
            if urllib3.request("GET", address, timeout=2.0, retries=False).status == 200:
                return True
        except urllib3.exceptions.HTTPError:
            continue
    return False


@contextmanager
def _sampling(settings: Settings, connection: Connection, stop: threading.Event) -> Iterator[None]:
    """A thread that writes a sample of this machine every `sample_seconds`."""
    with connection.client(settings) as client:
        thread = threading.Thread(
            target=run_sampler,
            args=(lambda samples: write_samples(client, settings.host_bucket, samples),),
            kwargs={"every": settings.sample_seconds, "stop": stop},
            name="host sampler",
            daemon=True,
        )
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(process.STOP_SECONDS)
