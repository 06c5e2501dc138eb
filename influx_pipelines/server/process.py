"""A child process of ours that listens on loopback: started in its own session, stopped with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import urllib3

START_SECONDS = 30.0
STOP_SECONDS = 10.0


class StartError(RuntimeError):
    """A server did not come up; the message holds the end of its log."""


def start(command: Sequence[str], log: Path, env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a command whose output goes to `log`, in a session of its own."""
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=dict(env),
            start_new_session=True,
        )


def wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when `/health` answers 200.

    Raises:
        StartError: the process ended, or did not answer in time.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if is_healthy(url):
            return
        if process.poll() is not None:
            raise StartError(f"The server ended with status {process.returncode}.\n{tail(log)}")
        time.sleep(0.05)
    stop(process)
    raise StartError(f"The server at {url} gave no answer in {START_SECONDS:.0f} s.\n{tail(log)}")


def is_healthy(url: str) -> bool:
    """Whether an InfluxDB answers there."""
    try:
        answer = urllib3.request("GET", f"{url}/health", timeout=2.0, retries=False)
        return answer.status == 200 and answer.json().get("status") == "pass"
    except (urllib3.exceptions.HTTPError, ValueError, AttributeError):
        return False


def stop(process: subprocess.Popen[bytes], first: signal.Signals = signal.SIGTERM) -> None:
    """End a child politely, then its whole session."""
    if process.poll() is None:
        process.send_signal(first)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def free_port(wanted: int | None = None) -> int:
    """A free port on loopback: the wanted one when nobody listens there."""
    for port in (wanted or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartError("No port is free on 127.0.0.1.")


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
