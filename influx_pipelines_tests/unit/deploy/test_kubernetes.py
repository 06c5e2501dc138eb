"""The values for Dagster's chart; its schema is in no package, so they are held against rules."""

from __future__ import annotations

import pytest

from influx_pipelines_tests.deployfiles import (
    DEPLOY,
    check_command,
    literal_secrets,
    read,
    unread,
)

VALUES = read("kubernetes/values.yaml")
(CODE,) = VALUES["dagster-user-deployments"]["deployments"]
SERVICE, API = VALUES["extraManifests"]
POD = API["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]


def test_the_api_and_the_code_location_are_one_image_and_see_the_same() -> None:
    image = CODE["image"]
    assert CONTAINER["image"] == f"{image['repository']}:{image['tag']}"
    for name in ("env", "volumeMounts", "securityContext"):
        assert CONTAINER[name] == CODE[name]
    assert POD["volumes"] == CODE["volumes"]
    assert CODE["includeConfigInLaunchedRuns"] == {"enabled": True}
    assert SERVICE["spec"]["selector"] == API["spec"]["selector"]["matchLabels"]
    assert SERVICE["spec"]["selector"] == API["spec"]["template"]["metadata"]["labels"]


def test_nothing_runs_as_root_and_everything_is_asked_for_its_health() -> None:
    assert CODE["podSecurityContext"]["runAsNonRoot"] is True
    user = CODE["securityContext"]["runAsUser"]
    assert f"USER {user}:" in (DEPLOY / "Dockerfile").read_text()
    assert CODE["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert CONTAINER["livenessProbe"]
    assert CODE["livenessProbe"]


def test_no_secret_is_a_value_and_only_what_is_read_is_set() -> None:
    text = (DEPLOY / "kubernetes/values.yaml").read_text()
    assert not literal_secrets(text)
    assert VALUES["generatePostgresqlPasswordSecret"] is False
    assert "postgresqlPassword" not in VALUES["postgresql"]
    given = {each["name"]: each["value"] for each in CODE["env"]}
    assert not unread(given)
    mounted = {each["name"]: each["mountPath"] for each in CODE["volumeMounts"]}
    assert given["INFLUX_PIPELINES_SECRETS"] == mounted["secrets"]
    assert f"INFLUX_PIPELINES_HOME={mounted['state']}" in (DEPLOY / "Dockerfile").read_text()


def test_the_pods_run_commands_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    start = ["dagster", "code-server", "start", "-h", "0.0.0.0", "-p", str(CODE["port"])]
    check_command([*start, *CODE["codeServerArgs"]], monkeypatch)
    check_command(CODE["livenessProbe"]["exec"]["command"], monkeypatch)
    check_command(CONTAINER["args"], monkeypatch)


def test_the_daemon_works_by_the_same_rules_as_that_of_the_cluster() -> None:
    """The chart has words of its own for them."""
    there, here = read("cluster/dagster.yaml"), VALUES["dagsterDaemon"]
    assert VALUES["concurrency"]["runs"] == {
        "maxConcurrentRuns": there["concurrency"]["runs"]["max_concurrent_runs"]
    }
    assert VALUES["concurrency"]["pools"] == {
        "defaultLimit": there["concurrency"]["pools"]["default_limit"],
        "granularity": there["concurrency"]["pools"]["granularity"],
    }
    monitoring = there["run_monitoring"]
    assert here["runMonitoring"]["maxRuntimeSeconds"] == monitoring["max_runtime_seconds"]
    assert (
        here["runMonitoring"]["freeSlotsAfterRunEndSeconds"]
        == monitoring["free_slots_after_run_end_seconds"]
    )
    for kind in ("schedule", "sensor"):
        assert (
            VALUES["retention"][kind]["purgeAfterDays"]
            == there["retention"][kind]["purge_after_days"]
        )
