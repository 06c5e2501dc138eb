"""The command lines of the two servers we can start."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

Command = tuple[list[str], dict[str, str]]


def embedded_command(data: Path, port: int, options: str = "") -> Command:
    """The embedded server as a process of this Python; `options` as a shell would read them."""
    module = "influx_pipelines.embedded"
    arguments = ["--host", "127.0.0.1", "--port", str(port), "--data", str(data)]
    arguments += shlex.split(options)
    return [sys.executable, "-m", module, *arguments], dict(os.environ)


def influxd_command(executable: str, data: Path, port: int) -> Command:
    """A real `influxd` with its own data folder, on loopback, reporting nothing.

    `INFLUXD_…` variables of the surroundings would override these options, so they are left out.
    """
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "bolt-path": data / "influxd.bolt",
        "sqlite-path": data / "influxd.sqlite",
        "engine-path": data / "engine",
        "http-bind-address": f"127.0.0.1:{port}",
        "reporting-disabled": "true",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    return [executable, *arguments], without_influxd_variables(os.environ)


def without_influxd_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment less everything that would configure `influxd`."""
    return {k: v for k, v in environ.items() if not k.startswith("INFLUXD_")}


def find_influxd() -> str | None:
    """The path of an `influxd` of version 2.1 or later and below 3, if one is on PATH.

    Debian's package of 1.6 has the same name, and so does InfluxDB 3's older tooling.
    """
    executable = shutil.which("influxd")
    if executable is None:
        return None
    try:
        answer = subprocess.run(
            [executable, "version"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
            env=without_influxd_variables(os.environ),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return executable if is_supported(answer.stdout) else None


def is_supported(version_text: str) -> bool:
    """Whether `influxd version` names a 2.x of at least 2.1."""
    match = re.search(r"\bv?(\d+)\.(\d+)\.\d+", version_text)
    return match is not None and int(match[1]) == 2 and int(match[2]) >= 1
