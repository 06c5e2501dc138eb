"""The I/O manager and its resource as another project uses them."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.io_manager import InfluxIOManager, influx_metadata
from influx_pipelines.resources import InfluxDBResource
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.integration.io_manager.tables import (
    BUCKET,
    KEY,
    House,
    Weather,
    failure,
    made,
    rows,
)


def test_metadata_written_by_hand_is_checked_when_it_is_used(house: House) -> None:
    result = house.run(made(rows(1), {"influx/tag": ["station"]}))
    assert "tag: is none of measurement" in failure(result).description


def test_the_official_client_is_there_for_a_block(house: House) -> None:
    with house.resource.official() as official:
        assert official.ping()


def test_the_token_is_nowhere_in_what_dagster_keeps(
    influx: Influx,
    server: Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOMEBODYS_TOKEN", server.token)
    influx.create_bucket(BUCKET, retention_seconds=0)
    resource = InfluxDBResource(
        url=server.url, token=dg.EnvVar("SOMEBODYS_TOKEN"), org=influx.org, retry_seconds=0.0
    )
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for bucket, success in ((BUCKET, True), ("absent", False)):
            result = dg.materialize(
                [made(rows(1), influx_metadata(Weather))],
                resources={"io_manager": InfluxIOManager(influx=resource, bucket=bucket)},
                partition_key=KEY,
                instance=instance,
                raise_on_error=False,
            )
            assert result.success is success
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"line_protocol_bytes" in kept
    assert server.token.encode() not in kept
