"""The image and compose.yaml: no Docker runs here, so they are held against schemas and rules."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from influx_pipelines_tests.deployfiles import (
    DEPLOY,
    FOREIGN,
    ROOT,
    check_command,
    literal_secrets,
    read,
    unread,
)

COMPOSE = read("compose.yaml")
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: each for name, each in SERVICES.items() if "build" in each}
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
BIN = Path(sys.executable).parent


def stages() -> list[str]:
    return re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE)[1:]


def test_the_dockerfile_passes_the_linter() -> None:
    linter = [BIN / "hadolint", "--failure-threshold", "style", DEPLOY / "Dockerfile"]
    done = subprocess.run(linter, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_image_is_no_roots_is_asked_for_its_health_and_has_no_compiler() -> None:
    build, final = stages()
    assert "pip install" in build
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", final, re.MULTILINE)
    assert re.search(r"^HEALTHCHECK .*\\\n +CMD \[\"dagster\", \"api\", \"grpc-health", final, re.M)
    assert not re.search(r"\b(pip|apt-get|gcc|build-essential)\b", final)
    for stage in stages():
        assert re.match(r"FROM [\w.-]+:\d+\.\d+\.\d+", stage)
        assert not re.search(r"^(ADD|ARG)\b", stage, re.MULTILINE)


def test_the_image_sets_no_secret_and_only_what_is_read() -> None:
    env = re.findall(r"(?:ENV|^ {4}) ?(\w+)=", stages()[1], re.MULTILINE)
    assert len(env) > 4
    assert not unread(env)
    assert not literal_secrets(DOCKERFILE)


def test_what_the_image_copies_is_there_and_nothing_else_reaches_the_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    listed = [line for line in ignored if not line.startswith("#")]
    assert listed[0] == "*"
    kept = {line[1:] for line in listed if line.startswith("!")}
    assert "deploy/secrets" in listed
    for line in re.findall(r"^COPY (?!--from)(.*)", stages()[1], re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert source.split("/")[0] in kept, source
    assert all((ROOT / name).exists() for name in kept)


def test_compose_is_valid_by_its_schema() -> None:
    schema = resources.files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json"
    jsonschema.validate(COMPOSE, json.loads(schema.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_heals_itself_is_pinned_and_open_to_this_machine_alone(name: str) -> None:
    service = SERVICES[name]
    assert service["init"] is True
    assert service["restart"] == "unless-stopped"
    assert name == "code" or service["healthcheck"]["test"]
    assert "build" in service or re.fullmatch(r"\w+:\d+\.\d+(\.\d+)?(-\w+)?", service["image"])
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    for other, needed in service.get("depends_on", {}).items():
        assert other in SERVICES
        assert needed == {"condition": "service_healthy"}


def test_every_secret_is_a_file_that_the_script_makes(tmp_path: Path) -> None:
    subprocess.run([DEPLOY / "make-secrets", tmp_path / "secrets"], check=True)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    used = {secret for service in SERVICES.values() for secret in service["secrets"]}
    declared = {name: each["file"] for name, each in COMPOSE["secrets"].items()}
    assert declared == {name: f"secrets/{name}" for name in made}
    assert used == set(declared)
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert made["postgres_password"] in made["INFLUX_PIPELINES_ALERTS_URL"]
    assert not unread(name for name in made if name.isupper())
    subprocess.run([DEPLOY / "make-secrets", tmp_path / "secrets"], check=True)
    assert made == {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}


def test_compose_holds_no_secret_and_sets_only_what_is_read() -> None:
    assert not literal_secrets((DEPLOY / "compose.yaml").read_text())
    for service in OURS.values():
        assert not unread(service["environment"])


@pytest.mark.parametrize("name", OURS)
def test_a_service_runs_a_command_that_there_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTNAME", "here")
    if command := OURS[name].get("command"):
        check_command(command, monkeypatch)
    kind, *check = OURS[name].get("healthcheck", {}).get("test", ["CMD", "python"])
    if kind == "CMD-SHELL":
        check = shlex.split(check[0].partition("with-secrets ")[2])
    if check[0] != "python":
        check_command(check, monkeypatch)


def test_the_image_runs_commands_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in re.findall(r"CMD (\[.*?\])", DOCKERFILE, re.DOTALL):
        check_command(re.findall(r'"([^"]*)"', line), monkeypatch)


def test_a_command_with_secrets_finds_them_in_its_environment(tmp_path: Path) -> None:
    (tmp_path / "DAGSTER_POSTGRES_URL").write_text("postgresql://from-the-file")
    (tmp_path / "INFLUXDB_TOKEN").write_text("is read by the project itself")
    command = [DEPLOY / "with-secrets", "sh", "-c", 'env; printf "%s" "$1"', "sh", "two words"]
    env = {"INFLUX_PIPELINES_SECRETS": str(tmp_path), "PATH": "/usr/bin:/bin"}
    said = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
    assert "DAGSTER_POSTGRES_URL=postgresql://from-the-file\n" in said
    assert "INFLUXDB_TOKEN" not in said
    assert said.endswith("two words")


def test_what_an_instance_takes_from_the_environment_its_processes_have() -> None:
    named = set(re.findall(r"env: (\w+)", (DEPLOY / "cluster/dagster.yaml").read_text()))
    given = set(re.findall(r"(\w+)=", DOCKERFILE))
    assert named <= FOREIGN
    for name in ("code", "webserver", "daemon", "worker"):
        assert named <= given | set(OURS[name]["secrets"]), name


def test_the_page_and_the_daemon_ask_the_code_location_where_it_is() -> None:
    (location,) = read("cluster/workspace.yaml")["load_from"]
    assert location["grpc_server"]["host"] in OURS
    assert f'"--port", "{location["grpc_server"]["port"]}"' in DOCKERFILE
