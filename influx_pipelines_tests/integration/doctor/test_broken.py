"""Set-ups that are broken in one place each; the doctor names it, and nothing else."""

from __future__ import annotations

import json
import stat
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from influx_pipelines.cli import app
from influx_pipelines.doctor.orchestrator.look import orchestrator
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.process import free_port
from influx_pipelines_tests.integration.doctor.setup import SECRET, Setup, reds
from influx_pipelines_tests.proxy import Proxy

Break = Callable[[Setup], None]


@pytest.fixture
def setup(
    tmp_path: Path, influx: Influx, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Setup:
    return Setup(tmp_path, influx, sqlite_file, monkeypatch)


@pytest.fixture
def something_else() -> Iterator[str]:
    """A web server that is no InfluxDB."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"hi")

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def dead_port(setup: Setup) -> None:
    setup.set("INFLUXDB_URL", f"http://127.0.0.1:{free_port()}")


def path_too_much(setup: Setup) -> None:
    setup.set("INFLUXDB_URL", f"{setup.client.url}/somewhere")


def no_token(setup: Setup) -> None:
    setup.unset("INFLUXDB_TOKEN")


def wrong_token(setup: Setup) -> None:
    setup.set("INFLUXDB_TOKEN", "one-that-no-server-knows")


def inactive_token(setup: Setup) -> None:
    made = setup.token()
    setup.client.change_token(made.token.id, {"status": "inactive"})
    setup.set("INFLUXDB_TOKEN", made.secret.get_secret_value())


def token_without_a_right(setup: Setup) -> None:
    made = setup.token(("write", "tasks"))
    setup.set("INFLUXDB_TOKEN", made.secret.get_secret_value())


def token_that_makes_no_tokens(setup: Setup) -> None:
    made = setup.token(("read", "authorizations"), ("write", "authorizations"))
    setup.set("INFLUXDB_TOKEN", made.secret.get_secret_value())


def wrong_organization(setup: Setup) -> None:
    setup.set("INFLUXDB_ORG", "test-of-nobody")


def no_operator_for_native_backups(setup: Setup) -> None:
    made = setup.token()
    setup.set("INFLUXDB_BACKUP_TOKEN", made.secret.get_secret_value())
    setup.set("INFLUX_PIPELINES_BACKUP_KIND", "native")


def made_token_is_gone(setup: Setup) -> None:
    setup.token()  # a list without any token would be believed by nobody
    record = {"id": "00000000000000aa", "store": "file"}
    entry = {f"{setup.client.url} {setup.client.org_id}": {"tokens": {"telegraf": record}}}
    path = setup.home / "ledger.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(entry))


def disk_is_full(setup: Setup) -> None:
    setup.set("INFLUX_PIPELINES_DISK_FREE", "999999999999")


def home_is_a_file(setup: Setup) -> None:
    (setup.root / "file").touch()
    setup.set("INFLUX_PIPELINES_BACKUP_FOLDER", str(setup.root / "file"))


def unusable_setting(setup: Setup) -> None:
    setup.set("INFLUX_PIPELINES_EXECUTOR", "rocket")


def broken_estate(setup: Setup) -> None:
    setup.declare("buckets.yaml", "buckets:\n  - name: [\n")


def unknown_key(setup: Setup) -> None:
    setup.declare("locations.yaml", "places: []\n")


def secret_without_a_value(setup: Setup) -> None:
    setup.unset("DOCTOR_PAGER")


def channel_without_an_address(setup: Setup) -> None:
    setup.unset("DOCTOR_OPS")


def channel_of_no_service(setup: Setup) -> None:
    setup.set("DOCTOR_OPS", f"carrier-pigeon://{SECRET}")


def weather_without_a_key(setup: Setup) -> None:
    setup.set("INFLUX_PIPELINES_WEATHER_PROVIDER", "openweathermap")


def secret_file_that_others_read(setup: Setup) -> None:
    (setup.home / "connection.json").chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP)


def alert_tables_missing(setup: Setup) -> None:
    database = setup.database()
    database.downgrade("base")
    database.close()


def alert_database_away(setup: Setup) -> None:
    setup.set(
        "INFLUX_PIPELINES_ALERTS_URL", f"postgresql://u:{SECRET}@127.0.0.1:{free_port()}/alerts"
    )


@pytest.mark.parametrize(
    ("broken", "name", "words"),
    [
        (dead_port, "server", "Connection refused"),
        (path_too_much, "server", "not as an InfluxDB v2"),
        (no_token, "server", "INFLUXDB_TOKEN: missing"),
        (wrong_token, "token", "does not know this token"),
        (inactive_token, "token", "inactive"),
        (token_without_a_right, "right: tasks", "may not write tasks, needed for influx/tasks"),
        (token_that_makes_no_tokens, "right: authorizations", "may not read or write"),
        (wrong_organization, "organization", "test-of-nobody"),
        (no_operator_for_native_backups, "backup token", "native"),
        (made_token_is_gone, "token telegraf", "deleted it"),
        (disk_is_full, "disk: home", "INFLUX_PIPELINES_DISK_FREE"),
        (home_is_a_file, "disk: backups", "Nothing can be written"),
        (unusable_setting, "settings", "INFLUX_PIPELINES_EXECUTOR"),
        (broken_estate, "estate", "estate/buckets.yaml:"),
        (unknown_key, "locations.yaml", "estate/locations.yaml:1:1"),
        (secret_without_a_value, "secret pager", "DOCTOR_PAGER is not set"),
        (channel_without_an_address, "channel ops", "DOCTOR_OPS is not set"),
        (channel_of_no_service, "channel ops", "no address"),
        (weather_without_a_key, "weather key", "OPENWEATHER_API_KEY"),
        (secret_file_that_others_read, "secret files", "connection.json"),
        (alert_tables_missing, "alert store", "no tables"),
        (alert_database_away, "alert store", "does not answer"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_broken_is_named_with_what_mends_it(
    setup: Setup, broken: Break, name: str, words: str
) -> None:
    broken(setup)
    results = setup.examine()
    found = reds(results)
    others = {other for other in found if other.partition(":")[0] != name.partition(":")[0]}
    assert name in found, results
    assert not others, found
    assert words in found[name].what
    assert found[name].mend
    assert SECRET not in str(results)
    assert setup.client.transport.token not in str(results)


def test_the_command_ends_with_1_when_something_is_to_be_mended(setup: Setup) -> None:
    good = CliRunner().invoke(app, ["doctor"])
    assert good.exit_code == 0, good.output
    assert "0 to mend" in good.output
    dead_port(setup)
    bad = CliRunner().invoke(app, ["doctor", "--json"])
    assert bad.exit_code == 1
    answer = json.loads(bad.output)
    assert answer["state"] == "red"
    assert {"name", "state", "what", "mend"} == set(answer["results"][0])
    assert SECRET not in good.output + bad.output


def test_a_good_setup_has_nothing_to_mend_and_is_left_as_it_is(setup: Setup) -> None:
    before = sorted(setup.root.rglob("*"))
    tokens = setup.client.tokens()
    results = setup.examine()
    assert not reds(results), results
    assert {"server", "clock", "right: authorizations", "channel ops", "disk: backups"} <= {
        one.name for one in results if one.state == "green"
    }
    assert (sorted(setup.root.rglob("*")), setup.client.tokens()) == (before, tokens)


def test_something_else_than_an_influxdb_is_named(setup: Setup, something_else: str) -> None:
    setup.set("INFLUXDB_URL", something_else)
    assert "not as an InfluxDB v2" in reds(setup.examine())["server"].what


def test_a_clock_that_is_an_hour_off_is_named(setup: Setup) -> None:
    with Proxy(setup.client.url) as proxy:
        proxy.server.RequestHandlerClass.date_time_string = lambda *_: formatdate(
            time.time() - 3600, usegmt=True
        )
        setup.set("INFLUXDB_URL", proxy.url)
        found = reds(setup.examine())
    assert list(found) == ["clock"]
    assert "behind ours" in found["clock"].what


def test_in_a_folder_where_nothing_ever_ran_there_is_nothing_to_mend(setup: Setup) -> None:
    for name in ("URL", "TOKEN", "ORG"):
        setup.unset(f"INFLUXDB_{name}")
    setup.set("INFLUX_PIPELINES_HOME", "fresh")
    results = setup.examine()
    assert not reds(results)
    assert not (setup.root / "fresh").exists()
    assert [one.name for one in results if one.state == "yellow"] == ["server", "alert store"]


@pytest.mark.parametrize(
    ("beat_age", "sensor", "red", "words"),
    [
        (5.0, "DECLARED_IN_CODE", [], ""),
        (7200.0, "DECLARED_IN_CODE", ["daemons"], "No heartbeat for 2 hours"),
        (5.0, "STOPPED", ["automation"], "new_bucket"),
    ],
)
def test_a_silent_daemon_and_a_stopped_sensor_are_named_where_they_should_run(
    setup: Setup, beat_age: float, sensor: str, red: list[str], words: str
) -> None:
    setup.set("INFLUX_PIPELINES_AUTOMATION", "running")
    setup.dagster(beat_age=beat_age, sensor=sensor)
    found = reds(setup.examine(orchestrator))
    assert list(found) == red
    assert all(words in one.what for one in found.values())


def test_definitions_that_cannot_be_loaded_are_named(setup: Setup) -> None:
    setup.set("INFLUX_PIPELINES_OWNER", "nobody in particular")
    assert list(reds(setup.examine(orchestrator))) == ["definitions"]
