"""Wheel and sdist, built once; and an environment that has the wheel beside our dependencies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SOURCES = ("pyproject.toml", "setup.py", "README.md", "LICENSE")
UV = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"


@dataclass(frozen=True)
class Built:
    """Both distributions."""

    wheel: Path
    sdist: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Of a copy: a build leaves folders where it is made, and takes along what it finds there."""
    folder = tmp_path_factory.mktemp("build")
    source, made = folder / "source", folder / "dist"
    shutil.copytree(
        ROOT / "influx_pipelines",
        source / "influx_pipelines",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    for name in SOURCES:
        shutil.copy(ROOT / name, source)
    run([UV, "build", "-q", "--no-build-isolation", "--offline", "--python", sys.executable,
         str(source), "-o", str(made)])  # fmt: skip
    return Built(next(made.glob("*.whl")), next(made.glob("*.tar.gz")))


@dataclass(frozen=True)
class Environment:
    """An environment without this repository."""

    python: Path

    def run(self, *arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> str:
        """Run Python there; what it printed."""
        return run([str(self.python), *arguments], cwd, env)


@pytest.fixture(scope="session")
def environment(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """With nothing installed but the wheel; all other packages are those of the tests.

    A `.pth` file within a folder that another `.pth` file names is not read, so that the editable
    install of this repository is not seen.
    """
    folder = tmp_path_factory.mktemp("environment") / "venv"
    run([UV, "venv", "-q", "--offline", "--python", sys.executable, str(folder)])
    python = folder / "bin/python"
    run([UV, "pip", "install", "-q", "--offline", "--no-deps", "--python", str(python),
         str(built.wheel)])  # fmt: skip
    packages = Path(next(folder.glob("lib/python*/site-packages")))
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return Environment(python)


def run(command: list[str], cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Run a program without what points at this repository; what it printed.

    Raises:
        AssertionError: it failed; with what it printed.
    """
    hidden = ("PYTHONPATH", "DAGSTER_HOME", "VIRTUAL_ENV")
    inherited = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        command, cwd=cwd, env={**inherited, **(env or {})}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout
