"""Memory does not grow with what is written or streamed; a stub is at the other end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3

from influx_pipelines_tests import stub

MEBIBYTES = 64
LINUX = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="reads the peak of memory from /proc"
)
CALLS = ["batches", "packed", "dicts", "arrow", "pandas", "lines", "stream"]


def check(call: str, rows: int) -> None:
    # Only to what the client knows as loopback bodies are sent as they are.
    with stub.running("127.0.0.2" if call == "packed" else "127.0.0.1") as url:
        command = [sys.executable, "-m", "influx_pipelines_tests.memory", call, url, str(rows)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert found["returned"] == rows
        assert found["mebibytes"] <= MEBIBYTES
        lines = urllib3.request("GET", f"{url}/lines").data
        assert int(lines) in (0, rows + 10_000)  # a first batch has loaded the code


@LINUX
@pytest.mark.parametrize("call", CALLS)
def test_memory_is_bounded(call: str) -> None:
    check(call, 200_000)


@LINUX
@pytest.mark.proof
@pytest.mark.timeout(600)
@pytest.mark.parametrize("call", CALLS)
def test_memory_is_bounded_for_two_million_rows(call: str) -> None:
    check(call, 2_000_000)
