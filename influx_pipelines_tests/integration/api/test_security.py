"""Who may do what, how much, and what is told of it."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests

from influx_pipelines.api.logs import JsonLines
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.api import OPERATOR, WEBHOOK, Api, posted, serving, settings_of

ALERT = "/influxdb/alert"


def routes(api: Api) -> Iterator[tuple[str, str]]:
    for path, methods in api.get("/openapi.json").json()["paths"].items():
        for method in methods:
            yield method.upper(), path.replace("{", "").replace("}", "")


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer wrong", f"Token {OPERATOR}", f"Bearer {OPERATOR}x", "Bearer é"],
)
def test_without_a_valid_token_nothing_is_told(api: Api, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header.encode()}
    for method, path in routes(api):
        answer = requests.request(method, api.url + path, headers=headers, json={}, timeout=10)
        if path in ("/health", "/ready"):
            assert answer.status_code == 200
        else:
            assert answer.status_code == 401, (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_token_of_the_webhook_may_only_post_alerts(api: Api) -> None:
    """It lies in InfluxDB, where `secrets.get` shows it."""
    headers = {"Authorization": f"Bearer {WEBHOOK}"}
    for method, path in [*routes(api), ("GET", ALERT), ("POST", "/influxdb/alert/"), ("GET", "/x")]:
        if (method, path) == ("POST", ALERT) or path in ("/health", "/ready"):
            continue
        answer = requests.request(method, api.url + path, headers=headers, json={}, timeout=10)
        assert answer.status_code == 403, (method, path)
    assert api.post(ALERT, posted(), token=WEBHOOK).status_code == 200
    assert api.post(ALERT, posted(), token=OPERATOR).status_code == 200


def test_another_origin_gets_no_permission(api: Api) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    for method in ("OPTIONS", "GET"):
        answer = api.session.request(method, api.url + "/influxdb/alerts", headers=headers)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_the_page_of_documentation_asks_no_other_server(api: Api) -> None:
    page = requests.get(api.url + "/docs", timeout=10).text
    assert "//" not in page.replace(f"{api.url}", "").replace("<!-- `", "").split("<script>")[0]
    script = requests.get(f"{api.url}/static-offline-docs/swagger-ui-bundle.js", timeout=10)
    assert script.status_code == 200
    assert requests.get(f"{api.url}/static-offline-docs/../health", timeout=10).status_code in (
        200,
        404,
    )
    assert (
        requests.get(f"{api.url}/static-offline-docs/..%2f..%2fsettings.py", timeout=10).status_code
        == 404
    )


def test_every_route_is_documented_with_its_problems(api: Api) -> None:
    document = api.get("/openapi.json").json()
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            assert about["description"], path
            if path in ("/health", "/ready"):
                continue
            assert about["security"] == [{"HTTPBearer": []}], path
            assert {"401", "403", "413", "422", "429", "503"} <= about["responses"].keys(), path
            if method == "post" and "requestBody" in about:
                schema = about["requestBody"]["content"]["application/json"]["schema"]
                name = schema["$ref"].rpartition("/")[2]
                assert "example" in json.dumps(document["components"]["schemas"][name]), name


def test_more_than_so_many_requests_a_second_are_told_to_wait(
    connection: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = settings_of(home=tmp_path_factory.mktemp("home"), api_rate=1.0)
    with serving(settings, connection) as api:
        answers = [api.get("/health") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
        assert int(answers[-1].headers["Retry-After"]) >= 1


def test_without_its_servers_it_lives_but_is_not_ready(
    connection: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A webhook is answered 503, so that it shows in `_monitoring` as not sent."""
    home = tmp_path_factory.mktemp("home")
    nowhere = replace(connection, url="http://127.0.0.1:9")
    with serving(settings_of(home=home, alerts_url=f"sqlite:///{home}/none/a.db"), nowhere) as api:
        assert api.get("/health").status_code == 200
        ready = api.get("/ready")
        assert ready.status_code == 503
        assert ready.json()["database"] != "ok"
        assert ready.json()["influxdb"] == "Unavailable"
        for answer in (
            api.post(ALERT, posted()),
            api.get("/influxdb/alerts"),
            api.get("/influxdb/checks"),
            api.get("/influxdb/metrics/cpu", host="a"),
        ):
            assert answer.status_code == 503, answer.text
            assert int(answer.headers["Retry-After"]) >= 1
        (home / "none").mkdir()
        # It is there again by itself when the database is.
        assert api.post(ALERT, posted()).status_code == 200


def test_a_postgresql_that_is_down_is_told_at_once(
    connection: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = "postgresql://somebody:hush@127.0.0.1:9/alerts"
    home = tmp_path_factory.mktemp("home")
    with serving(settings_of(home=home, alerts_url=url), connection) as api:
        for answer in (api.post(ALERT, posted()), api.get("/incidents"), api.get("/ready")):
            assert answer.status_code == 503
            assert "hush" not in answer.text


def test_a_token_that_influxdb_refuses_is_not_the_callers_fault(
    connection: Connection, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The replaced system answered "unable to connect", and took any token for a good one."""
    wrong = replace(connection, token="none")
    with serving(settings_of(home=tmp_path_factory.mktemp("home")), wrong) as api:
        assert api.get("/ready").json() == {
            "ready": False,
            "database": "ok",
            "influxdb": "Unauthorized",
        }
        answer = api.get("/influxdb/checks")
        assert answer.status_code == 502
        assert "none" not in answer.json()["detail"]


def test_requests_are_logged_without_what_they_carry(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="influx_pipelines.api"):
        api.post(ALERT, posted(host="secret-host"), token=WEBHOOK)
        api.get("/influxdb/alerts", check_name="secret-name")
        api.get("/influxdb/checks/a\nb")
        for _ in range(100):  # the line is written after the answer
            if len(caplog.records) >= 3:
                break
            api.get("/health")
    lines = [JsonLines().format(record) for record in caplog.records]
    found = [json.loads(line) for line in lines]
    first = found[0]
    assert (first["method"], first["path"], first["status"]) == ("POST", ALERT, 200)
    assert first["role"] == "webhook"
    text = "\n".join(lines)
    for secret in (OPERATOR, WEBHOOK, "secret-host", "secret-name", "Bearer"):
        assert secret not in text
    assert all("\n" not in line for line in lines)
