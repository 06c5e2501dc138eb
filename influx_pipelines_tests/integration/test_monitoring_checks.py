"""The shipped monitoring checks on sample data: applied, run by hand, judged by their statuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines import estate
from influx_pipelines.estate.kinds.check import CheckKind
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.taskrun import run_task

NOW = datetime.now(UTC).replace(microsecond=0)
TELEGRAF = "monitoring"
SECOND, MINUTE = 1, 60
UNIT = {"host": "a", "name": "ssh.service"}


class Shop:
    """An organisation with the shipped buckets and checks."""

    def __init__(self, client: Influx, folder: Path) -> None:
        self.client = client
        declared, kinds = load(ROOT / "estate"), ("bucket", CheckKind.name)
        ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)
        planned = estate.plan(declared, estate.observe(client, kinds), ledger, kinds=kinds)
        assert not estate.apply(planned, client, ledger).failed
        found = estate.observe(client, kinds)
        assert estate.plan(declared, found, ledger, kinds=kinds).changes == ()

    def sample(
        self, bucket: str, measurement: str, ago: int, tags: dict[str, str], **fields: Any
    ) -> None:
        row = {"time": NOW - timedelta(seconds=ago), **tags, **fields}
        self.client.write([row], bucket=bucket, measurement=measurement, tags=list(tags))

    def statuses(self, name: str) -> list[tuple[str, str]]:
        """Level and message of each status that a run of the check as of now writes."""
        checks = self.client.request("GET", "/api/v2/checks", params={"orgID": self.client.org_id})[
            "checks"
        ]
        (task,) = (one["taskID"] for one in checks if one["name"] == name)
        run_task(self.client, task, NOW)
        script = """from(bucket: "_monitoring") |> range(start: -1d, stop: 1d)
            |> filter(fn: (r) => r._field == "_message" and r._check_name == params.name)
            |> group()"""
        rows = self.client.query(script, {"name": name}).rows()
        return sorted((row["_level"], row["_value"]) for row in rows)


@pytest.fixture
def shop(influx: Influx, tmp_path: Path) -> Shop:
    return Shop(influx, tmp_path)


def test_a_busy_processor_has_the_level_of_its_threshold(shop: Shop) -> None:
    for host, idle in (("a", 3.0), ("b", 12.0), ("c", 20.0), ("d", 80.0)):
        tags = {"host": host, "cpu": "cpu-total"}
        shop.sample(TELEGRAF, "cpu", 20 * SECOND, tags, usage_idle=idle)
    shop.sample(TELEGRAF, "cpu", 20, {"host": "d", "cpu": "cpu0"}, usage_idle=1.0)
    assert shop.statuses("CPU CHECK") == [
        ("crit", "crit: CPU CHECK: a is idle for 3 %"),
        ("info", "info: CPU CHECK: c is idle for 20 %"),
        ("ok", "ok: CPU CHECK: d is idle for 80 %"),
        ("warn", "warn: CPU CHECK: b is idle for 12 %"),
    ]


def test_memory_and_a_disk_that_is_full_but_no_image_of_one(shop: Shop) -> None:
    shop.sample(TELEGRAF, "mem", 20, {"host": "a"}, available_percent=9.0)
    assert [level for level, _ in shop.statuses("MEMORY CHECK")] == ["crit"]
    for path, fstype, used in (("/", "ext4", 86.0), ("/snap", "squashfs", 100.0)):
        tags = {"host": "a", "path": path, "fstype": fstype}
        shop.sample(TELEGRAF, "disk", MINUTE, tags, used_percent=used)
    text = "warn: DISK USAGE CHECK: a uses 86 % of /"
    assert shop.statuses("DISK USAGE CHECK") == [("warn", text)]


def test_a_unit_that_somebody_stopped_does_not_alert(shop: Shop) -> None:
    shop.sample(TELEGRAF, "systemd_units", 20, UNIT, active_code=3)
    shop.sample(TELEGRAF, "systemd_units", 20, {**UNIT, "host": "b"}, active_code=2)
    shop.sample(TELEGRAF, "systemd_units", 20, {**UNIT, "name": "x.service"}, active_code=3)
    found = shop.statuses("CRITICAL SERVICES CHECK")
    assert [level for level, _ in found] == ["crit", "ok"]
    assert found[0][1] == "crit: CRITICAL SERVICES CHECK: ssh.service failed on a"


@pytest.mark.parametrize(
    ("name", "bucket", "tags", "field", "level", "minutes"),
    [
        ("HOST METRICS DEADMAN", "monitoring", {"host": "a"}, "uptime", "crit", 30),
        ("WEATHER DEADMAN", "WeatherAPI", {"location": "a"}, "temperature", "crit", 120),
        ("Argocd DEADMAN", "argocd", {"cluster": "a"}, "restarts_total", "warn", 30),
        ("CI JOBS DEADMAN", "ci_jobs", {"repository": "o/r"}, "duration_seconds", "warn", 72 * 60),
    ],
)
def test_a_source_that_fell_silent_is_named(
    shop: Shop, name: str, bucket: str, tags: dict[str, str], field: str, level: str, minutes: int
) -> None:
    ago = (minutes + 5) * MINUTE
    named = {"argocd": "kubernetes_pod_container", "ci_jobs": "ci_job"}
    measurement = named.get(bucket, "system")
    shop.sample(bucket, measurement, ago, tags, **{field: 5})
    ((found, message),) = shop.statuses(name)
    assert (found, message.startswith(f"{level}: {name}")) == (level, True)
    shop.sample(bucket, measurement, MINUTE, tags, **{field: 5})
    assert {one for one, _ in shop.statuses(name)} <= {"ok", level}
    assert "ok" in {one for one, _ in shop.statuses(name)}
