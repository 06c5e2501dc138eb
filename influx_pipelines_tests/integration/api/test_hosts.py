"""Metrics of hosts: what a page shows, by one query."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.transport import Transport
from influx_pipelines.sources.host import Sample
from influx_pipelines.sources.write import write_samples
from influx_pipelines_tests.api import Api

PAGES = ("summary", "cpu", "memory", "kernel", "disks", "processes", "network")


@pytest.fixture(scope="module", autouse=True)
def metrics(api: Api, client: Influx) -> None:
    """Ten minutes of web-1, a sample a minute, with what only Telegraf writes."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    samples = [_sample(now - timedelta(minutes=10 - n), n) for n in range(10)]
    write_samples(client, "monitoring", samples)
    tags: dict[str, list[str]] = {"kernel": ["host"], "netstat": ["host"], "system": ["host"]}
    for n in range(10):
        at = {"time": now - timedelta(minutes=10 - n), "host": "web-1"}
        for name, fields in (
            ("kernel", {"interrupts": 600 * n, "processes_forked": 60 * n}),
            ("netstat", {"tcp_established": n}),
            ("system", {"n_users": 2}),
        ):
            row = {**at, **fields}
            client.write([row], bucket="monitoring", measurement=name, tags=tags[name])


def _sample(time: datetime, n: int) -> Sample:
    at = {"host": "web-1", "time": time}
    rows: dict[str, list[dict[str, Any]]] = {
        "system": [
            {**at, "uptime": 60 * n, "n_cpus": 4, "load1": 1.5, "load5": 1.0, "load15": 0.5}
        ],
        "mem": [{**at, "total": 8000, "used": 2000}],
        "swap": [{**at, "total": 100, "free": 90}],
        "processes": [{**at, "running": 3, "sleeping": 40, "total": 43}],
        "cpu": [
            {**at, "cpu": "cpu-total", "usage_idle": 90.0, "usage_user": 8.0, "usage_system": 2.0},
            {**at, "cpu": "cpu0", "usage_idle": 10.0, "usage_user": 80.0, "usage_system": 10.0},
        ],
        "disk": [
            {**at, "device": d, "fstype": "ext4", "path": p, "total": 500, "used_percent": 40.0 + n}
            for d, p in (("sda1", "/"), ("sdb1", "/data"))
        ],
        "diskio": [{**at, "name": "sda", "read_bytes": 6000 * n, "write_bytes": 1200 * n}],
        "net": [
            {**at, "interface": "eth0", "bytes_recv": 600 * n, "bytes_sent": 60 * n, "err_in": n}
        ],
    }
    return Sample("web-1", time, rows)


def data(api: Api, page: str) -> Any:
    answer = api.get(f"/influxdb/metrics/{page}", host="web-1")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_the_hosts_are_listed(api: Api) -> None:
    assert api.get("/influxdb/metrics/hosts").json()["hosts"] == ["web-1"]


def test_the_summary_holds_the_newest_of_everything(api: Api) -> None:
    found = data(api, "summary")
    load = found.pop("load")
    assert found == {
        "uptime": 540,
        "n_cpus": 4,
        "n_users": 2,
        "mem_total": 8000,
        "processes_total": 43,
        "usage_idle": 90.0,
        "swap_free": 90,
    }
    assert len(load) == 10
    assert {name: load[0][name] for name in ("load1", "load5", "load15")} == {
        "load1": 1.5,
        "load5": 1.0,
        "load15": 0.5,
    }


def test_the_load_of_all_processors_together_comes_as_a_series(api: Api) -> None:
    points = data(api, "cpu")["series"]
    assert {point["usage_user"] for point in points} == {8.0}
    assert [point["time"] for point in points] == sorted(point["time"] for point in points)


def test_counters_become_rates_a_second(api: Api) -> None:
    kernel = data(api, "kernel")["series"]
    assert {(point["interrupts"], point["processes_forked"]) for point in kernel} == {(10.0, 1.0)}
    network = data(api, "network")
    rates = {(point["bytes_recv"], point["bytes_sent"]) for point in network["interfaces"]["eth0"]}
    assert rates == {(10.0, 1.0)}
    assert network["errors"] == {"eth0": {"err_in": 9}}
    assert network["tcp_established"] == 9


def test_disks_are_told_by_path_and_device(api: Api) -> None:
    found = data(api, "disks")
    assert found["total"] == 1000
    assert sorted(found["used_percent"]) == ["/", "/data"]
    assert {(point["read_bytes"], point["write_bytes"]) for point in found["io"]["sda"]} == {
        (100.0, 20.0)
    }


def test_memory_and_processes(api: Api) -> None:
    memory = data(api, "memory")
    assert memory["memory"][0]["used"] == 2000
    assert memory["swap"][0]["free"] == 90
    assert data(api, "processes")["last"] == {"running": 3, "sleeping": 40, "total": 43}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_one_query(api: Api, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The replaced system sent three to eight, one after another."""
    sent: list[str] = []
    request = Transport._request

    def noted(self: Transport, method: str, path: str, *rest: Any, **more: Any) -> Any:
        sent.append(path)
        return request(self, method, path, *rest, **more)

    monkeypatch.setattr(Transport, "_request", noted)
    data(api, page)
    assert sent == ["/api/v2/query"]


def test_a_host_that_measured_nothing_is_not_found(api: Api) -> None:
    answer = api.get("/influxdb/metrics/cpu", host='web-2") |> drop(columns: ["host"]) //')
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "asked", [{}, {"host": ""}, {"host": "a", "range_h": "1h"}, {"host": "a", "range_h": 721}]
)
def test_what_cannot_be_asked_is_told(api: Api, asked: dict[str, Any]) -> None:
    answer = api.get("/influxdb/metrics/cpu", **asked)
    assert answer.status_code == 422
    assert answer.json()["detail"]
