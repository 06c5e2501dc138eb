"""`influx-pipelines run` and its sisters, as a person runs them: a process in a fresh folder."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import psutil
import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines.server.process import free_port
from influx_pipelines_tests.project import Project, given
from influx_pipelines_tests.proxy import Proxy

pytestmark = pytest.mark.timeout(240)


def test_plan_and_apply_show_every_kind_and_exit_as_they_say(
    tmp_path: Path, server: Connection, influx: Influx
) -> None:
    project = given(tmp_path, server.url, server.token, influx.org)
    text = "labels:\n  - name: team\nsecrets:\n  - name: slack\n    env: SLACK_URL\n"
    (project.folder / "estate" / "more.yaml").write_text(text)
    planned = project.run("plan", "--json")
    assert planned.returncode == 2
    kinds = {change["kind"] for change in json.loads(planned.stdout)["changes"]}
    assert {"label", "bucket", "dbrp_mapping", "secret", "variable"} <= kinds
    broken = project.run("apply")
    assert broken.returncode == 1
    assert "estate/more.yaml:4:5: secret slack: the environment" in broken.stdout + broken.stderr
    applied = project.run("apply", SLACK_URL="Hunter2-secret")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert "secret" in applied.stdout
    again = project.run("plan")
    assert (again.returncode, again.stdout.strip()) == (0, "nothing to change")
    assert project.files_with("Hunter2-secret") == []
    shown = applied.stdout + applied.stderr + planned.stdout
    assert "Hunter2-secret" not in shown


def test_import_writes_an_estate_that_only_adopts(
    tmp_path: Path, server: Connection, influx: Influx
) -> None:
    influx.create_bucket("mine", retention_seconds=7_200)
    influx.request("POST", "/api/v2/labels", json={"orgID": influx.org_id, "name": "odd"})
    project = given(tmp_path, server.url, server.token, influx.org)
    done = project.run("import", "there")
    assert done.returncode == 0, done.stderr
    assert "buckets: 1" in done.stdout
    planned = project.run("plan", "--json", INFLUX_PIPELINES_ESTATE="there")
    changes = json.loads(planned.stdout)["changes"]
    assert {(one["name"], one["action"]) for one in changes} == {
        ("mine", "adopt"),
        ("odd", "adopt"),
    }
    again = project.run("import", "there")
    assert again.returncode == 1
    assert "new or empty" in again.stderr


def test_a_token_that_is_not_declared_is_not_rotated(
    tmp_path: Path, server: Connection, influx: Influx
) -> None:
    done = given(tmp_path, server.url, server.token, influx.org).run("token", "rotate", "telegra")
    assert done.returncode == 2
    assert "did you mean telegraf?" in done.stdout + done.stderr


def test_a_broken_declaration_names_every_problem_and_sends_nothing(
    tmp_path: Path, server: Connection, influx: Influx
) -> None:
    with Proxy(server.url) as proxy:
        project = given(tmp_path, proxy.url, server.token, influx.org)
        text = "buckets:\n  - name: _a\n  - name: b\n    retention: 5m\n"
        (project.folder / "estate" / "buckets.yaml").write_text(text)
        done = project.run("run")
        assert proxy.changes == []
    assert done.returncode == 1
    shown = done.stdout + done.stderr
    assert "estate/buckets.yaml:2:5" in shown
    assert "estate/buckets.yaml:4:5" in shown


def test_a_conflict_fails_the_run(tmp_path: Path, server: Connection, influx: Influx) -> None:
    influx.create_bucket("monitoring", retention_seconds=86_400)
    project = given(tmp_path, server.url, server.token, influx.org)
    done = project.run("run")
    assert done.returncode == 1
    assert "as_declared" in done.stdout
    assert "failed, blocking" in done.stdout


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"INFLUXDB_TOKEN": "wrong-token-text"}, "INFLUXDB_TOKEN"),
        ({"INFLUXDB_ORG": "nobody"}, "INFLUXDB_ORG"),
        ({"INFLUXDB_URL": f"http://127.0.0.1:{free_port()}"}, "127.0.0.1"),
        ({"INFLUXDB_URL": "localhost"}, "http://localhost:8086"),
        ({"INFLUXDB_TOKEN": ""}, "INFLUXDB_TOKEN: missing"),
    ],
)
def test_trouble_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, server: Connection, org: str, change: dict[str, str], says: str
) -> None:
    project = given(tmp_path, server.url, server.token, org)
    done = project.run("run", **change)
    assert done.returncode == 1
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_token_with_too_few_rights_is_named_as_such(
    tmp_path: Path, server: Connection, influx: Influx
) -> None:
    org_id = influx.org_id
    rights = [
        {"action": "read", "resource": {"type": "buckets", "orgID": org_id}},
        {"action": "read", "resource": {"type": "orgs", "id": org_id}},
    ]
    body = {"orgID": org_id, "permissions": rights}
    made = influx.request("POST", "/api/v2/authorizations", json=body)
    done = given(tmp_path, server.url, made["token"], influx.org).run("run")
    shown = done.stdout + done.stderr
    assert done.returncode == 1
    assert "lacks that permission" in shown or "as_declared" in shown
    assert "Traceback" not in shown
    assert made["token"] not in shown


def test_a_server_that_dies_in_the_middle_is_named_and_a_second_run_finishes(
    tmp_path: Path, server: Connection, influx: Influx
) -> None:
    with Proxy(server.url) as proxy:
        project = given(tmp_path, proxy.url, server.token, influx.org)

        def dies(method: str, path: str, number: int) -> str | None:
            made = [p for m, p in proxy.requests if (m, p) == ("POST", "/api/v2/buckets")]
            return "refuse" if len(made) >= 4 else None

        proxy.fault = dies
        broken = project.run("run")
        assert broken.returncode == 1
        assert "Traceback" not in broken.stdout + broken.stderr
        assert "mend what is named above and run again" in broken.stdout
        proxy.fault = lambda method, path, number: None
        done = project.run("run")
    assert done.returncode == 0, done.stdout
    assert influx.find_bucket("monitoring") is not None


def test_plan_tells_by_its_status_and_changes_nothing(
    tmp_path: Path, server: Connection, influx: Influx
) -> None:
    with Proxy(server.url) as proxy:
        project = given(tmp_path, proxy.url, server.token, influx.org)
        pending = project.run("plan", "--json")
        assert pending.returncode == 2, pending.stderr
        assert len(json.loads(pending.stdout)["changes"]) >= 8
        assert proxy.changes == []
        for _ in range(2):  # buckets first, then their mappings
            assert project.run("apply").returncode == 0
        clean = project.run("plan")
    assert clean.returncode == 0
    assert "nothing to change" in clean.stdout


@pytest.mark.embedded_process
def test_a_newcomer_needs_no_variable_and_no_server(tmp_path: Path) -> None:
    project = Project(tmp_path / "project", INFLUX_PIPELINES_NETWORK="false")
    first = project.run("run")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "started by us" in first.stdout
    assert "a made-up SAMPLE in the bucket weather_sample" in first.stdout
    second = project.run("run")
    assert second.returncode == 0
    assert "nothing to change" in second.stdout
    file = project.home / "connection.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = json.loads(file.read_text())["token"]
    assert project.files_with(token) == [".influx_pipelines/connection.json"]
    commands = (" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"]))
    left = [command for command in commands if str(project.folder) in command]
    assert left == []


def test_outside_of_the_project_a_sentence_says_so(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    (project.folder / "dagster.yaml").unlink()
    done = project.run("run")
    assert done.returncode == 1
    assert "has no dagster.yaml" in done.stderr
