"""The order in which a server is found: INFLUXDB_URL, influxd on PATH, the embedded one."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from influx_pipelines.server import commands, process
from influx_pipelines.server.choose import running_server
from influx_pipelines.server.connection import known_connection
from influx_pipelines.settings import Settings, SettingsError

# A stand-in `influxd`: it answers `version`, and serves with the embedded server.
INFLUXD = """#!{python}
import os, sys
if sys.argv[1:] == ["version"]:
    print("InfluxDB {version} (git: none) build_date: 2026-01-01T00:00:00Z")
    sys.exit(0)
assert not any(name.startswith("INFLUXD_") for name in os.environ), "settings from outside"
options = dict(a.lstrip("-").split("=", 1) for a in sys.argv[1:])
assert options["reporting-disabled"] == "true"
host, port = options["http-bind-address"].split(":")
data = options["engine-path"]
command = [{python!r}, "-m", "influx_pipelines.embedded", "--port", port, "--data", data]
os.execv(command[0], command)
"""


def put_influxd(folder: Path, version: str) -> None:
    file = folder / "influxd"
    file.write_text(INFLUXD.format(python=sys.executable, version=version))
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def settings(tmp_path: Path, **fields: object) -> Settings:
    given = {"url": None, "token": None, "org": None, "home": tmp_path / "home", **fields}
    return Settings(_env_file=None, **given)


def test_a_given_address_is_used_and_nothing_is_started(tmp_path: Path, path: Path) -> None:
    put_influxd(path, "2.7.0")
    given = settings(tmp_path, url="http://there:1", token="t", org="o")
    with running_server(given) as connection:
        assert (connection.url, connection.kind) == ("http://there:1", "given")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("missing", ["token", "org"])
def test_a_given_address_needs_its_companions(tmp_path: Path, path: Path, missing: str) -> None:
    fields = {"url": "http://there:1", "token": "t", "org": "o", missing: None}
    with (
        pytest.raises(SettingsError, match=f"INFLUXDB_{missing.upper()}"),
        running_server(settings(tmp_path, **fields)),
    ):
        pass


def test_influxd_on_the_path_is_started_with_folders_of_its_own(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_influxd(path, "2.7.11")
    monkeypatch.setenv("INFLUXD_BOLT_PATH", "/somebody/elses")
    with running_server(settings(tmp_path)) as connection:
        assert connection.kind == "influxd"
        assert process.is_healthy(connection.url)
    assert (tmp_path / "home" / "influxd" / "engine").exists()


@pytest.mark.parametrize("version", ["1.6.7", "2.0.9", "3.0.1", "nonsense"])
def test_an_influxd_of_another_age_is_passed_over(tmp_path: Path, path: Path, version: str) -> None:
    """Debian's package of 1.6 has the same name and was started as if it were a 2.x."""
    put_influxd(path, version)
    with running_server(settings(tmp_path)) as connection:
        assert connection.kind == "embedded"


def test_the_started_server_is_stopped_and_its_token_is_kept(tmp_path: Path, path: Path) -> None:
    ours = settings(tmp_path)
    with running_server(ours) as first, first.client(ours) as client:
        client.create_bucket("kept", retention_seconds=0)
    assert not process.is_healthy(first.url)
    assert known_connection(ours).token == first.token
    file = tmp_path / "home" / "connection.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with running_server(ours) as second, second.client(ours) as client:
        assert second.token == first.token
        assert client.find_bucket("kept") is not None


def test_a_second_command_shares_the_server_of_the_first(tmp_path: Path, path: Path) -> None:
    ours = settings(tmp_path)
    with running_server(ours) as first:
        with running_server(ours) as second:
            assert second.url == first.url
        assert process.is_healthy(first.url), "the second must not stop what the first started"


def test_a_lost_token_is_explained(tmp_path: Path, path: Path) -> None:
    ours = settings(tmp_path)
    with running_server(ours):
        pass
    (tmp_path / "home" / "connection.json").unlink()
    with pytest.raises(process.StartError, match=r"Move .* away"), running_server(ours):
        pass


def test_options_reach_the_embedded_server_and_a_wrong_one_is_named(
    tmp_path: Path, path: Path
) -> None:
    with running_server(settings(tmp_path, embedded_options="--no-scheduler")) as connection:
        assert process.is_healthy(connection.url)
    wrong = settings(tmp_path, embedded_options="--no-such-option")
    with pytest.raises(process.StartError, match="--no-such-option"), running_server(wrong):
        pass


def test_settings_of_influxd_from_outside_are_left_out() -> None:
    kept = commands.without_influxd_variables({"INFLUXD_BOLT_PATH": "x", "LANG": "C"})
    assert kept == {"LANG": "C"}
    assert os.environ
