"""The units of systemd: none is started here; systemd's own tool reads them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from influx_pipelines_tests.deployfiles import (
    DEPLOY,
    ROOT,
    check_command,
    literal_secrets,
    read,
    unread,
)

UNITS = DEPLOY / "systemd"
INSTALLED = "/opt/influx_pipelines"
SERVICES = sorted(UNITS.glob("*.service"))
COMMON = (UNITS / "influx-pipelines-.service.d/common.conf").read_text()


def commands(unit: Path) -> list[str]:
    return re.findall(r"^Exec\w+=(.*)", unit.read_text(), re.MULTILINE)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    shutil.copytree(UNITS, tmp_path / "units")
    for path in (tmp_path / "units").rglob("*.*"):
        if path.is_file():
            path.write_text(path.read_text().replace(INSTALLED, str(ROOT)))
    names = [str(path) for path in (tmp_path / "units").glob("*.*") if path.is_file()]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path / 'units'}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_a_unit_runs_commands_that_there_are(unit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unit.name in (UNITS / "influx-pipelines.target").read_text()
    for line in commands(unit):
        command = line.partition("with-secrets ")[2]
        check_command(shlex.split(command or re.findall("until (.*?);", line)[0]), monkeypatch)


def test_the_units_name_files_that_there_are_and_listen_on_loopback() -> None:
    text = "".join(unit.read_text() for unit in SERVICES)
    for path in re.findall(rf"{INSTALLED}(/[\w./-]+)", text):
        assert (ROOT / path.lstrip("/")).exists(), path
    assert set(re.findall(r"--host (\S+)", text)) == {"127.0.0.1"}
    (location,) = read("single-host/workspace.yaml")["load_from"]
    assert f"--port {location['grpc_server']['port']} " in text


def test_the_units_are_hardened_hold_no_secret_and_set_only_what_is_read() -> None:
    for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "CapabilityBoundingSet=\n"):
        assert line in COMMON
    assert not unread(re.findall(r"^Environment=(\w+)=", COMMON, re.MULTILINE))
    assert not any(literal_secrets(path.read_text()) for path in UNITS.rglob("*.*o*"))
