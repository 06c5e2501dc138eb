"""The templates of tasks on sample data: each is made a task, run by hand, and judged by its rows.

What the templates must not do again stands in the tests' names and docstrings: a text with a
missing column failed the run, windows left gaps, a refused message counted as sent.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from influx_pipelines.estate.script import compiled
from influx_pipelines.estate.templates import Templates
from influx_pipelines.flux.durations import parse_flux
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.taskrun import run_task

NOW = datetime.now(UTC).replace(microsecond=0)
POD = {"cluster": "idf", "pod_name": "hub-1", "container_name": "hub", "namespace": "nublado"}
RUNNING = {"phase": "Running", "readiness": "ready", "state": "running"}
WAITING = {"phase": "Running", "readiness": "unready", "state": "waiting"}
DONE = {"phase": "Succeeded", "readiness": "unready", "state": "terminated"}
PENDING = {"phase": "Pending", "readiness": "unready", "state": "waiting"}
GIVEN: dict[str, dict[str, Any]] = {
    "restart": {},
    "state": {
        "critical_reasons": ["CrashLoopBackOff", "ImagePullBackOff"],
        "suppressions": [{"when": {"phase": "^Pending$"}, "at_most": parse_flux("15m")}],
    },
    "cpu": {"warn": 90, "crit": 95},
    "memory": {"warn": 90, "crit": 95},
    "disk": {"warn": 85, "crit": 95, "hosts": "monitoring"},
}
FINDERS = pytest.mark.parametrize("template", GIVEN)


class Cluster:
    """An organisation with the buckets that the templates know, and tasks run by hand."""

    def __init__(self, client: Influx) -> None:
        self.client = client
        self.templates = Templates(ROOT / "estate" / "tasks")
        for name in ("nublado", "monitoring", "multiapp_", "alerted_"):
            client.create_bucket(name, retention_seconds=0)

    def sample(
        self,
        minutes: float,
        fields: dict[str, Any],
        *,
        bucket: str = "nublado",
        measurement: str = "kubernetes_pod_container",
        **tags: str,
    ) -> None:
        """A point of so many minutes ago."""
        row = {"time": NOW - timedelta(minutes=minutes), **tags, **fields}
        self.client.write([row], bucket=bucket, measurement=measurement, tags=list(tags))

    def run(
        self, template: str, *, every: str = "2m30s", minutes: float = 0, **values: Any
    ) -> None:
        """Make a task of a template, run it as of some minutes ago, and see that it succeeds."""
        task = {"name": f"test {template}", "every": parse_flux(every)}
        given = {"lateness": "5m", "findings": "multiapp_"}
        if template != "notify":
            given |= {"interval": "2m", **GIVEN[template]}
        script = self.templates.render(template, {**given, **values}, task=task, bucket="nublado")
        script = compiled(script, task["name"])
        body = {"orgID": self.client.org_id, "flux": script}
        made = self.client.request("POST", "/api/v2/tasks", json=body)
        run_task(self.client, made["id"], NOW - timedelta(minutes=minutes))

    def rows(self, bucket: str = "multiapp_", **tags: str) -> list[dict[str, Any]]:
        """What the tasks wrote: a row a point, its time as minutes ago, without what is null."""
        script = """from(bucket: params.bucket) |> range(start: 0)
            |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
            |> drop(columns: ["_start", "_stop"])"""
        found = self.client.query(script, {"bucket": bucket}).rows()
        rows = [{k: v for k, v in row.items() if v is not None} for row in found]
        for row in rows:
            row["ago"] = (NOW - row.pop("_time")).total_seconds() / 60
        rows = [row for row in rows if tags.items() <= row.items()]
        return sorted(rows, key=lambda row: (row["fingerprint"], -row["ago"]))


@pytest.fixture
def cluster(influx: Influx) -> Cluster:
    return Cluster(influx)


def stamp(minutes: float) -> str:
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000000000Z")


# ------------------------------------------------------------------ restart


def test_a_restart_becomes_a_finding_with_everything_that_is_known_of_it(cluster: Cluster) -> None:
    """A text with a column that was only being added failed exactly the runs with a restart."""
    for minutes, count in ((5, 3), (3, 3), (1, 5)):
        cluster.sample(minutes, {"restarts_total": count}, **POD, **RUNNING)
    cluster.run("restart")
    assert cluster.rows() == [
        {
            "_measurement": "kubernetes_pod_container",
            "ago": 1,
            "application": "nublado",
            "check": "restart",
            "cluster": "idf",
            "container_name": "hub",
            "differential_restarts": 2,
            "fingerprint": "restart/idf/nublado/hub-1/hub",
            "level": "crit",
            "message": f"Restart(s) for idf/nublado/hub-1 (hub) at {stamp(1)}: 2",
            "phase": "Running",
            "pod_name": "hub-1",
            "readiness": "ready",
            "state": "running",
        }
    ]


def test_a_restart_is_seen_although_the_state_of_its_series_changed(cluster: Cluster) -> None:
    cluster.sample(3, {"restarts_total": 0}, **POD, **RUNNING)
    cluster.sample(1, {"restarts_total": 1}, **POD, **WAITING)
    cluster.run("restart")
    assert [(r["differential_restarts"], r["state"]) for r in cluster.rows()] == [(1, "waiting")]


def test_a_counter_that_begins_anew_is_no_restart(cluster: Cluster) -> None:
    cluster.sample(3, {"restarts_total": 7}, **POD, **RUNNING)
    cluster.sample(1, {"restarts_total": 0}, **POD, **RUNNING)
    cluster.run("restart")
    assert cluster.rows() == []


def test_a_restart_between_samples_that_came_late_is_seen(cluster: Cluster) -> None:
    """The window was the length of two samples: one late sample hid a restart."""
    cluster.sample(9, {"restarts_total": 0}, **POD, **RUNNING)
    cluster.sample(7, {"restarts_total": 1}, **POD, **RUNNING)
    cluster.run("restart")
    assert [r["differential_restarts"] for r in cluster.rows()] == [1]


# ------------------------------------------------------------------ state


def test_a_crash_loop_is_critical(cluster: Cluster) -> None:
    cluster.sample(0, {"state_code": 0}, **{**POD, "pod_name": "fine"}, **RUNNING)
    fields = {"state_code": 2, "state_reason": "CrashLoopBackOff"}
    cluster.sample(1, fields, **POD, **WAITING)
    cluster.run("state")
    assert cluster.rows() == [
        {
            "_measurement": "kubernetes_pod_container",
            "ago": 1,
            "application": "nublado",
            "check": "state",
            "cluster": "idf",
            "container_name": "hub",
            "fingerprint": "state/idf/nublado/hub-1/hub",
            "level": "crit",
            "message": f"idf/nublado/hub-1 (hub) at {stamp(1)}: state waiting, phase Running, "
            "readiness unready. State reason: CrashLoopBackOff, phase reason: n/a",
            "phase": "Running",
            "phase_reason": "n/a",
            "pod_name": "hub-1",
            "pod_state": 2,
            "readiness": "unready",
            "state": "waiting",
            "state_reason": "CrashLoopBackOff",
        }
    ]


def test_a_pod_may_be_pending_for_a_while(cluster: Cluster) -> None:
    for minutes in (13, 11, 9, 7, 5, 3, 1):
        cluster.sample(minutes, {"state_code": 2}, **POD, **PENDING)
    cluster.run("state")
    assert cluster.rows() == []


def test_a_pod_that_stays_pending_is_found(cluster: Cluster) -> None:
    """All pending pods were silent for ever, those without an image or a node too."""
    for minutes in range(23, 0, -2):
        fields = {"state_code": 2, "state_reason": "ImagePullBackOff"}
        cluster.sample(minutes, fields, **POD, **PENDING)
    cluster.run("state")
    found = [(row["ago"], row["level"], row["state_reason"]) for row in cluster.rows()]
    assert found == [(ago, "crit", "ImagePullBackOff") for ago in (7, 5, 3, 1)]


def test_time_as_pending_begins_anew_after_the_pod_ran(cluster: Cluster) -> None:
    for minutes in range(23, 0, -2):
        state, code = (RUNNING, 0) if minutes == 9 else (PENDING, 2)
        cluster.sample(minutes, {"state_code": code}, **POD, **state)
    cluster.run("state")
    assert cluster.rows() == []


def test_a_completed_job_is_no_finding_but_a_failed_one_is(cluster: Cluster) -> None:
    done, failed = {**POD, "pod_name": "done"}, {**POD, "pod_name": "failed"}
    cluster.sample(1, {"state_code": 1, "state_reason": "Completed"}, **done, **DONE)
    cluster.sample(1, {"state_code": 1, "state_reason": "Error"}, **failed, **DONE)
    cluster.run("state")
    assert [(r["pod_name"], r["pod_state"], r["level"]) for r in cluster.rows()] == [
        ("failed", 1, "crit")
    ]


def test_a_missing_state_code_follows_from_the_state(cluster: Cluster) -> None:
    for name, state in (("a", RUNNING), ("b", DONE), ("c", WAITING), ("d", {"state": "odd"})):
        cluster.sample(1, {"phase_reason": "x"}, **{**POD, "pod_name": name}, **state)
    cluster.run("state")
    found = [(r["pod_name"], r["pod_state"], r["level"]) for r in cluster.rows()]
    assert found == [("b", 1, "crit"), ("c", 2, "warn"), ("d", 3, "warn")]


def test_a_suppression_holds_only_for_what_it_names(cluster: Cluster) -> None:
    for name in ("prepull-1", "hub-1"):
        cluster.sample(1, {"state_code": 2}, **{**POD, "pod_name": name}, **WAITING)
    when = {"pod_name": "^prepull-", "application": "^nublado$"}
    other = {"pod_name": "^hub-", "application": "^other$"}
    hour = parse_flux("1h")
    suppressions = [{"when": when, "at_most": hour}, {"when": other, "at_most": hour}]
    cluster.run("state", suppressions=suppressions)
    assert [row["pod_name"] for row in cluster.rows()] == ["hub-1"]


# ------------------------------------------------------------------ cpu, memory, disk


def test_a_cpu_at_96_percent_is_critical(cluster: Cluster) -> None:
    """Usage and limit come from two plugins, at other times and with other tags."""
    usage = {"hot": 480_000_000, "warm": 455_000_000, "cool": 250_000_000, "free": 900_000_000}
    for name, nanocores in usage.items():
        pod = {**POD, "pod_name": name}
        cluster.sample(1, {"cpu_usage_nanocores": nanocores}, **pod, node_name="n1")
        if name != "free":
            cluster.sample(2.5, {"resource_limits_millicpu_units": 500}, **pod, **RUNNING)
    cluster.run("cpu")
    assert [(r["pod_name"], r["cpu_pct"], r["level"], r["message"]) for r in cluster.rows()] == [
        ("hot", 96.0, "crit", f"idf/nublado/hot (hub) at {stamp(1)}: 96% of CPU used"),
        ("warm", 91.0, "warn", f"idf/nublado/warm (hub) at {stamp(1)}: 91% of CPU used"),
    ]
    assert {row["ago"] for row in cluster.rows()} == {1}


def test_memory_is_measured_against_its_limit(cluster: Cluster) -> None:
    fields = {"memory_usage_bytes": 930, "resource_limits_memory_bytes": 1000}
    cluster.sample(1, fields, **POD)
    cluster.sample(1, {**fields, "resource_limits_memory_bytes": 0}, **{**POD, "pod_name": "z"})
    cluster.run("memory")
    assert [(r["fingerprint"], r["mem_pct"], r["level"]) for r in cluster.rows()] == [
        ("memory/idf/nublado/hub-1/hub", 93.0, "warn")
    ]


def test_a_disk_at_86_percent_is_a_warning(cluster: Cluster) -> None:
    for path, percent in (("/", 86.0), ("/data", 97.5), ("/home", 40.0)):
        tags = {"cluster": "idf", "host": "h1", "path": path}
        fields = {"used_percent": percent}
        cluster.sample(1, fields, bucket="monitoring", measurement="disk", **tags)
    cluster.run("disk")
    assert cluster.rows() == [
        {
            "_measurement": "disk",
            "ago": 1,
            "check": "disk",
            "cluster": "idf",
            "fingerprint": "disk/idf/h1/" + path,
            "host": "h1",
            "level": level,
            "message": f"h1: {path} at {stamp(1)}: {shown}% used",
            "path": path,
            "used_percent": percent,
        }
        for path, percent, shown, level in (("/", 86.0, 86, "warn"), ("/data", 97.5, 97.5, "crit"))
    ]


# ------------------------------------------------------------------ what holds for all finders


@FINDERS
def test_without_data_a_run_succeeds_and_finds_nothing(cluster: Cluster, template: str) -> None:
    cluster.run(template)
    assert cluster.rows() == []


@FINDERS
def test_a_missing_tag_fails_no_run(cluster: Cluster, template: str) -> None:
    for minutes, count in ((3, 1), (1, 2)):
        fields = {"restarts_total": count, "state_code": 2, "cpu_usage_nanocores": 960}
        fields |= {"resource_limits_millicpu_units": 1, "memory_usage_bytes": 960}
        cluster.sample(minutes, {**fields, "resource_limits_memory_bytes": 1000})
        cluster.sample(minutes, {"used_percent": 99.0}, bucket="monitoring", measurement="disk")
    cluster.run(template, **({"warn": 0} if "warn" in GIVEN[template] else {}))
    rows = cluster.rows()
    assert {row["cluster"] for row in rows} == {"n/a"}
    assert {row["check"] for row in rows} == {template}


def test_a_second_run_over_the_same_samples_adds_nothing(cluster: Cluster) -> None:
    for minutes, count in ((3, 0), (1, 1)):
        cluster.sample(minutes, {"restarts_total": count, "state_code": 2}, **POD, **WAITING)
    for template in ("restart", "state"):
        cluster.run(template)
    before = cluster.rows()
    for template in ("restart", "state"):
        cluster.run(template)
    assert cluster.rows() == before
    assert len(before) == 3


# ------------------------------------------------------------------ notify


class Slack(ThreadingHTTPServer):
    """Keeps what is sent and answers with `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.messages: list[tuple[str, str, str, str]] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Slack

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        found = body["attachments"][0]
        self.server.messages.append((self.path, body["channel"], found["color"], found["text"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def slack(cluster: Cluster) -> Iterator[Slack]:
    with Slack() as found:
        path = f"/api/v2/orgs/{cluster.client.org_id}/secrets"
        secrets = {"slack_default": f"{found.url}/default", "slack_idf": f"{found.url}/idf"}
        cluster.client.request("PATCH", path, json=secrets)
        yield found


def notify(cluster: Cluster, minutes: float = 0) -> None:
    cluster.run(
        "notify",
        minutes=minutes,
        every="5m",
        check="disk",
        lateness="10m",
        repeat="1h",
        sent="alerted_",
        routes={"idf": {"secret": "slack_idf", "channel": "status-idf"}},
        default_route={"secret": "slack_default", "channel": "status"},
    )


def full_disk(cluster: Cluster, name: str, percent: float = 86.0, minutes: float = 2) -> None:
    tags = {"cluster": name, "host": "h1", "path": "/"}
    fields = {"used_percent": percent}
    cluster.sample(minutes, fields, bucket="monitoring", measurement="disk", **tags)
    cluster.run("disk")


@pytest.mark.embedded_process
class TestNotify:
    """Against the embedded server: another one may not reach this machine."""

    def test_an_unknown_cluster_takes_the_default_route(
        self, cluster: Cluster, slack: Slack
    ) -> None:
        """It got an empty channel and address, which failed the run for all others too."""
        full_disk(cluster, "idf")
        full_disk(cluster, "elsewhere", 99.0)
        notify(cluster)
        assert sorted(message[:3] for message in slack.messages) == [
            ("/default", "status", "danger"),
            ("/idf", "status-idf", "warning"),
        ]
        assert [(r["cluster"], r["channel"], r["status"]) for r in cluster.rows("alerted_")] == [
            ("elsewhere", "status", 200),
            ("idf", "status-idf", 200),
        ]

    def test_what_was_sent_is_not_sent_again_until_it_gets_worse(
        self, cluster: Cluster, slack: Slack
    ) -> None:
        """The text was compared, with the time in it: every sample was a new message."""
        full_disk(cluster, "idf", minutes=4)
        notify(cluster, minutes=2)
        full_disk(cluster, "idf", 87.0, minutes=3)
        notify(cluster, minutes=1)
        assert [message[2] for message in slack.messages] == ["warning"]
        full_disk(cluster, "idf", 96.0, minutes=1)
        notify(cluster)
        assert [message[2] for message in slack.messages] == ["warning", "danger"]

    def test_what_slack_refused_is_kept_and_sent_again(
        self, cluster: Cluster, slack: Slack
    ) -> None:
        full_disk(cluster, "idf")
        slack.status = 500
        notify(cluster, minutes=1)
        assert [row["status"] for row in cluster.rows("alerted_")] == [500]
        slack.status = 200
        notify(cluster)
        assert len(slack.messages) == 2
        assert [row["status"] for row in cluster.rows("alerted_")] == [500, 200]

    def test_no_address_is_in_the_data(self, cluster: Cluster, slack: Slack) -> None:
        full_disk(cluster, "idf")
        notify(cluster)
        assert slack.url not in str(cluster.rows("alerted_"))

    def test_without_findings_nothing_is_sent(self, cluster: Cluster, slack: Slack) -> None:
        notify(cluster)
        assert slack.messages == []
