"""Any valid line protocol that is written over HTTP comes back through a Flux query."""

from __future__ import annotations

import secrets

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.hostile.answers import normal, stored
from influx_pipelines_tests.linewriter import Line, lines


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(written=st.lists(lines(), min_size=1, max_size=5, unique_by=lambda line: line.measurement))
def test_what_is_written_comes_back(influx: Influx, written: list[Line]) -> None:
    bucket = influx.create_bucket(f"b{secrets.token_hex(6)}", retention_seconds=0).name
    params = {"org": influx.org, "bucket": bucket}
    body = "\n".join(line.text for line in written).encode()
    assert influx.transport.send("POST", "/api/v2/write", params=params, body=body).status == 204
    assert stored(influx, bucket) == {
        (line.measurement, tuple(sorted(line.tags.items())), name, line.time): (kind, normal(value))
        for line in written
        for name, (kind, value) in line.fields.items()
    }
