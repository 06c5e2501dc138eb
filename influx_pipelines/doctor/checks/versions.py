"""The versions of what is installed."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from influx_pipelines import __version__
from influx_pipelines.doctor.result import Result, green, red

PYTHON = ((3, 11), (3, 14))  # `requires-python`: from, and below
FAMILY = ("dagster", "dagster-webserver", "dagster-dg-cli")
INSTALL = "Install the project again in a fresh environment: `make clean`, then `make run`."


def versions() -> Iterator[Result]:
    """Python, this project, and the packages of Dagster, which check each other's version."""
    yield judge_python(sys.version_info[:2], platform.python_version())
    yield green("influx_pipelines", __version__)
    yield judge_family({name: _installed(name) for name in FAMILY})


def judge_python(found: tuple[int, int], text: str) -> Result:
    """Judge a version of Python."""
    least, below = PYTHON
    if least <= found < below:
        return green("python", text)
    return red("python", f"{text} is not supported.", "Use Python 3.11, 3.12 or 3.13.")


def judge_family(found: Mapping[str, str]) -> Result:
    """Judge the packages of Dagster: all there, all of one version."""
    if absent := [name for name, number in found.items() if not number]:
        return red("dagster", f"{', '.join(absent)} is not installed.", INSTALL)
    if len(set(found.values())) > 1:
        listed = ", ".join(f"{name} {number}" for name, number in found.items())
        return red("dagster", f"Its packages are of several versions: {listed}.", INSTALL)
    return green("dagster", found["dagster"])


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
