"""The queries of the shipped dashboards and variables, as a page runs them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from influx_pipelines.estate.load import load
from influx_pipelines.influx.client import Influx
from influx_pipelines.sources.ci.records import TestRecord
from influx_pipelines.sources.ci.write import Outputs, write_jobs
from influx_pipelines.sources.host import HostSampler
from influx_pipelines.sources.write import write_samples
from influx_pipelines_tests.integration.ci.jobs import job

DECLARED = load(Path(__file__).parents[2] / "estate")
QUERIES = {
    (name, cell.name): query.text
    for name, entry in DECLARED.of("dashboards").items()
    for cell in entry.cells
    for query in getattr(cell.properties, "queries", ())
}
VARIABLES = {name: entry.query for name, entry in DECLARED.of("variables").items() if entry.query}
PAGE = (
    "option v = {timeRangeStart: -1h, timeRangeStop: now(), windowPeriod: 1s,"
    ' host: "here", cluster: "c", K8s_application: "argocd"}\n'
)


@pytest.fixture
def hosts(influx: Influx) -> Influx:
    """The buckets that queries read, and two samples of this machine, half a minute apart."""
    for bucket in DECLARED.buckets:
        influx.create_bucket(bucket, retention_seconds=0)
    sampler = HostSampler("here")
    before, now = sampler.sample(), sampler.sample()
    for rows in before.rows.values():
        for row in rows:
            row["time"] -= timedelta(seconds=30)
    write_samples(influx, "monitoring", [before, now])
    return influx


def as_on_a_page(script: str) -> str:
    """A script with the record that a page gives it; imports stay in front."""
    imports = "\n".join(re.findall(r"^import .*$", script, re.MULTILINE))
    return f"{imports}\n{PAGE}{re.sub(r'^import .*$', '', script, flags=re.MULTILINE)}"


def test_those_of_hosts_find_what_the_sampler_writes(hosts: Influx) -> None:
    queries = {cell: script for (name, cell), script in QUERIES.items() if name == "Hosts"}
    found = {cell: len(hosts.query(as_on_a_page(script))) for cell, script in queries.items()}
    assert all(found.values()), found


def test_the_size_of_shards_is_shown_by_the_name_of_the_bucket(hosts: Influx) -> None:
    bucket = hosts.find_bucket("argocd")
    assert bucket is not None
    line = f"prometheus_influxdb2,bucket={bucket.id},id=1 storage_shard_disk_size=5"
    hosts.write_lines([line.encode()], bucket="monitoring")
    script = QUERIES["InfluxDB2", "Size of shards by bucket"]
    (row,) = hosts.query(as_on_a_page(script)).rows()
    assert (row["name"], row["_value"]) == ("argocd", 5)


def test_processors_are_shown_as_a_share_of_their_limit(hosts: Influx) -> None:
    tags = "cluster=c,pod_name=p,container_name=k"
    fields = "cpu_usage_nanocores=250000000i,resource_limits_millicpu_units=500i"
    hosts.write_lines([f"kubernetes_pod_container,{tags} {fields}".encode()], bucket="argocd")
    script = QUERIES["K8s applications", "Processors, of their limit"]
    (row,) = hosts.query(as_on_a_page(script)).rows()
    assert (row["pod_name"], row["_value"]) == ("p", 50.0)


def test_those_of_ci_find_what_a_pass_writes(hosts: Influx) -> None:
    found = job(failure_type="oom", tests=(TestRecord(name="t"),), created_at=datetime.now(UTC))
    write_jobs(hosts, Outputs("ci_jobs"), [(found, found)])
    queries = {cell: script for (name, cell), script in QUERIES.items() if name == "CI jobs"}
    rows = {cell: len(hosts.query(as_on_a_page(script))) for cell, script in queries.items()}
    assert rows == dict.fromkeys(queries, 1)


def test_every_other_one_runs(hosts: Influx) -> None:
    for (name, _), script in QUERIES.items():
        if name != "Hosts":
            hosts.query(as_on_a_page(script))


def test_those_of_variables_find_values(hosts: Influx) -> None:
    found = {
        name: [row["_value"] for row in hosts.query(script).rows()]
        for name, script in VARIABLES.items()
    }
    assert found["host"] == ["here"]
    assert "argocd" in found["K8s_application"]
    assert not [name for name in found["K8s_application"] if name.strip("_") != name]
