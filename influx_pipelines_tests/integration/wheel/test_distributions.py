"""What is in the wheel and in the sdist, what they say of themselves, and that they work alone."""

from __future__ import annotations

import email
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from influx_pipelines import __version__
from influx_pipelines_tests.integration.wheel.conftest import ROOT, UV, Built, Environment, run

MIGRATE = """
import sys
from influx_pipelines.alerts.database import Database
database = Database("sqlite:///alerts.db")
database.migrate()
print(database.is_current())
database.close()
"""
LOADED = """
import influx_pipelines.components
from influx_pipelines.definitions import defs
print(len(defs().resolve_all_asset_keys()) > 40)
"""


def package_files() -> set[str]:
    found = (ROOT / "influx_pipelines").rglob("*")
    return {str(p.relative_to(ROOT)) for p in found if p.is_file() and p.suffix != ".pyc"}


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(built: Built) -> None:
    names = {name for name in zipfile.ZipFile(built.wheel).namelist() if ".dist-info/" not in name}
    assert names == package_files()
    assert "influx_pipelines/py.typed" in names


def test_the_sdist_holds_the_package_and_what_builds_it(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        files = {m.name.partition("/")[2] for m in archive.getmembers() if m.isfile()}
    made = {name for name in files if name.startswith("influx_pipelines.egg-info/")}
    assert files - made - {"PKG-INFO", "setup.cfg"} == package_files() | {
        "pyproject.toml",
        "setup.py",
        "README.md",
        "LICENSE",
    }


def test_the_metadata_names_version_extras_and_entry_points(built: Built) -> None:
    archive = zipfile.ZipFile(built.wheel)
    info = f"influx_pipelines-{__version__}.dist-info"
    told = email.message_from_bytes(archive.read(f"{info}/METADATA"))
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert told["Version"] == __version__
    assert {*told.get_all("Provides-Extra", ())} >= {"postgres", "s3"}
    assert not [line for line in told.get_all("Requires-Dist", ()) if "@" in line]
    entries = archive.read(f"{info}/entry_points.txt").decode()
    assert "influx-pipelines = influx_pipelines.cli:main" in entries
    assert "[dagster_dg_cli.registry_modules]\ninflux_pipelines = influx_pipelines\n" in entries


def test_the_installed_wheel_makes_the_tables_of_the_alerts(
    environment: Environment, tmp_path: Path
) -> None:
    assert environment.run("-c", MIGRATE, cwd=tmp_path).split() == ["True"]
    assert (tmp_path / "alerts.db").exists()


def test_the_installed_wheel_is_a_code_location(environment: Environment, tmp_path: Path) -> None:
    """Dagster looked for a pyproject.toml above the package, which only a checkout has."""
    assert environment.run("-c", LOADED, cwd=tmp_path).split() == ["True"]


@pytest.mark.proof
def test_the_wheel_installs_into_an_empty_environment(built: Built, tmp_path: Path) -> None:
    run([UV, "venv", "-q", str(tmp_path / "venv")])
    python = str(tmp_path / "venv/bin/python")
    constraints = ROOT / "constraints.txt"
    run([UV, "pip", "install", "-q", "--python", python, "-c", str(constraints), str(built.wheel)])
    run([UV, "pip", "check", "--python", python])
    assert run([python, "-c", LOADED], cwd=tmp_path).split() == ["True"]
    assert __version__ in run([str(tmp_path / "venv/bin/influx-pipelines"), "version"], tmp_path)
