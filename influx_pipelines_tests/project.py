"""A folder like a fresh clone's, in which the commands of the project run as a person runs them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from influx_pipelines_tests.conftest import ROOT

PARTS = ("dagster.yaml", "workspace.yaml")
COMMAND = str(Path(sys.executable).with_name("influx-pipelines"))


class Project:
    """The project in a folder of its own, with a chosen environment and nothing else set."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in PARTS:
            shutil.copy(ROOT / name, folder / name)
        shutil.copytree(ROOT / "estate", folder / "estate")
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environ = {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "120", **environ}

    @property
    def home(self) -> Path:
        return self.folder / ".influx_pipelines"

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ours to its end."""
        return subprocess.run(
            [COMMAND, *arguments],
            cwd=self.folder,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command of ours in a session of its own."""
        return subprocess.Popen(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def files_with(self, text: str) -> list[str]:
        """The files below the folder that hold a text."""
        return [
            str(path.relative_to(self.folder))
            for path in self.folder.rglob("*")
            if path.is_file() and text.encode() in path.read_bytes()
        ]


def given(folder: Path, url: str, token: str, org: str) -> Project:
    """A project in a folder below that was told which server to use."""
    names = {"INFLUXDB_URL": url, "INFLUXDB_TOKEN": token, "INFLUXDB_ORG": org}
    names["INFLUX_PIPELINES_NETWORK"] = "false"
    return Project(folder / "project", **names, INFLUX_PIPELINES_RETRY_SECONDS="0.5")
