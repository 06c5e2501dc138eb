"""A PostgreSQL of Debian's package for a test session: on loopback, in a temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwnam

import psycopg

USER = "alerts"
# What is written need not survive the machine, only the test.
OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=60")


def installed() -> Path | None:
    """The folder of the newest version's programs, None where there is none."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    return found[-1].parent if found else None


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Start a cluster; yields the URL of its server, without a database."""
    folder = Path(tempfile.mkdtemp(prefix="alerts-postgres-"))
    user = None
    if os.geteuid() == 0:  # it refuses to run as root
        user = "postgres"
        os.chown(folder, getpwnam(user).pw_uid, getpwnam(user).pw_gid)
    data, port = folder / "data", _free_port()
    init = [programs / "initdb", "-D", data, "-U", USER, "--auth=trust", "--no-sync", "-E", "UTF8"]
    subprocess.run([*init, "--locale=C"], user=user, check=True, capture_output=True, cwd=folder)
    options = [f"-c{option}" for option in (*OPTIONS, "unix_socket_directories=")]
    server = subprocess.Popen(
        [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), *options],
        user=user,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=(folder / "log").open("wb"),
    )
    try:
        url = f"postgresql://{USER}@127.0.0.1:{port}"
        _wait(url, server, folder / "log")
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown: it waits for no client
        server.wait(20)
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def _wait(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(200):
        try:
            psycopg.connect(f"{url}/postgres", connect_timeout=5).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL does not answer:\n{log.read_text()}")


def execute(url: str, statement: str) -> None:
    """Run a statement that is allowed in no transaction, such as CREATE DATABASE."""
    with psycopg.connect(f"{url}/postgres", autocommit=True) as connection:
        connection.execute(statement)
