"""`influx-pipelines up`: InfluxDB, Dagster's page and daemon, the host sampler; until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import urllib3

from influx_pipelines.cli.console import out
from influx_pipelines.cli.project import project_root
from influx_pipelines.cli.server import stop_signals
from influx_pipelines.server import process
from influx_pipelines.server.choose import running_server
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings, load_settings
from influx_pipelines.sources.sampler import run_sampler
from influx_pipelines.sources.write import write_samples

PAGE_SECONDS = 120.0


def up(port: Annotated[int, typer.Option(help="Port of the web page.")] = 3000) -> None:
    """Start everything; print the address; stop everything on Ctrl-C."""
    root = project_root()
    settings = load_settings()
    with stop_signals() as stop, running_server(settings) as connection:
        out.print(f"InfluxDB  {connection.url}  ({connection.kind})")
        with _sampling(settings, connection, stop), _dagster(root, settings, port) as (child, url):
            if _wait_for_page(url, child, stop):
                out.print(f"Dagster   {url}  (schedules and sensors are running)")
                out.print("Ctrl-C stops everything.")
            while not stop.wait(0.5):
                if child.poll() is not None:
                    raise process.StartError(
                        f"Dagster ended with status {child.returncode}.\n"
                        f"{process.tail(_log(settings))}"
                    )
        out.print("Stopping …")


def _log(settings: Settings) -> Path:
    return settings.home / "logs" / "dagster.log"


@contextmanager
def _dagster(
    root: Path, settings: Settings, port: int
) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`dagster dev` in a session of its own, with automation running."""
    port = process.free_port(port)
    command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port)]
    env = {**os.environ, "INFLUX_PIPELINES_AUTOMATION": "running"}
    env.pop("DAGSTER_HOME", None)  # the dagster.yaml of this folder is the instance
    child = process.start([*command, "-w", str(root / "workspace.yaml")], _log(settings), env)
    try:
        yield child, f"http://127.0.0.1:{port}"
    finally:
        process.stop(child, first=signal.SIGINT)


def _wait_for_page(url: str, child: subprocess.Popen[bytes], stop: threading.Event) -> bool:
    """Wait until the page answers; False when told to stop, or when Dagster ended."""
    for _ in range(int(PAGE_SECONDS / 0.25)):
        if stop.wait(0.25) or child.poll() is not None:
            return False
        try:
            if (
                urllib3.request("GET", f"{url}/server_info", timeout=2.0, retries=False).status
                == 200
            ):
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
