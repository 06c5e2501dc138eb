"""A Dagster instance that keeps what it is told, and the assets bound to a fresh organisation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.defs.buckets import assets as bucket_assets
from influx_pipelines.defs.buckets.new_bucket import PER_BUCKET, new_bucket
from influx_pipelines.defs.buckets.partitions import PARTITIONS
from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.influx.client import Influx
from influx_pipelines.resources import EstateResource, InfluxDBResource
from influx_pipelines.server.connection import Connection


@pytest.fixture(scope="session")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an empty instance: to make them takes longer than most tests."""
    folder = tmp_path_factory.mktemp("storage")
    with dg.DagsterInstance.local_temp(str(folder)) as made:
        made.get_runs()
        made.get_dynamic_partitions(PARTITIONS)
        made.all_instigator_state()
    return folder


@pytest.fixture
def instance(tmp_path: Path, storage: Path) -> Iterator[dg.DagsterInstance]:
    # Dynamic partitions and ticks need an instance that is stored.
    folder = tmp_path / "dagster"
    shutil.copytree(storage, folder)
    with dg.DagsterInstance.local_temp(str(folder)) as found:
        yield found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What this project keeps, away from the real one."""
    monkeypatch.setenv("INFLUX_PIPELINES_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INFLUX_PIPELINES_RETRY_SECONDS", "0.2")
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a declaration."""
    made = tmp_path / "estate"
    made.mkdir()
    (made / "buckets.yaml").write_text("buckets: []\n")
    return made


class World:
    """One server, one organisation, one instance, one declaration."""

    def __init__(
        self, influx: Influx, server: Connection, instance: dg.DagsterInstance, folder: Path
    ) -> None:
        self.client, self.instance, self.folder = influx, instance, folder
        self.resource = InfluxDBResource(
            url=server.url, token=server.token, org=influx.org, retry_seconds=0.2
        )
        self.estate = EstateResource(folder=str(folder))
        self.cursor: str | None = None

    @property
    def resources(self) -> dict[str, Any]:
        return {"influx": self.resource, "estate": self.estate}

    def declare(self, text: str) -> None:
        (self.folder / "buckets.yaml").write_text(text)

    def bucket(self, name: str, retention: int = 604_800) -> str:
        return self.client.create_bucket(name, retention_seconds=retention).id

    def keys(self) -> list[str]:
        return list(self.instance.get_dynamic_partitions(PARTITIONS))

    def tick(self) -> dg.SensorResult | dg.SkipReason:
        """One evaluation of the sensor, with what the daemon does about its answer."""
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"influx": self.resource}
        )
        result = new_bucket(context)
        if isinstance(result, dg.SensorResult):
            self.cursor = result.cursor
            for request in result.dynamic_partitions_requests or []:
                keys = list(request.partition_keys)
                if isinstance(request, dg.AddDynamicPartitionsRequest):
                    self.instance.add_dynamic_partitions(PARTITIONS, keys)
                else:
                    for key in keys:
                        self.instance.delete_dynamic_partition(PARTITIONS, key)
        return result

    def run(
        self, *assets: Any, tags: Mapping[str, str] | None = None, config: Any = None
    ) -> dg.ExecuteInProcessResult:
        """Materialize assets in one run."""
        definitions = dg.Definitions(assets=list(assets), resources=self.resources)
        job = definitions.resolve_implicit_global_asset_job_def()
        return job.execute_in_process(
            instance=self.instance,
            tags=dict(tags or {}),
            run_config=config or {},
            raise_on_error=False,
        )

    def serve(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        """The run that the sensor asks for."""
        tags = dict(request.tags)
        if request.partition_key:
            tags["dagster/partition"] = request.partition_key
        return self.run(bucket_assets.dbrp_mappings, bucket_assets.bucket_profile, tags=tags)

    def settle(self) -> int:
        """Tick and serve until nothing is asked for; the number of runs."""
        runs = 0
        for _ in range(5):
            result = self.tick()
            assert isinstance(result, dg.SensorResult)
            if not result.run_requests:
                return runs
            for request in result.run_requests:
                assert self.serve(request).success
                runs += 1
        raise AssertionError("the sensor asks for ever")

    def materialized(self, key: dg.AssetKey = PER_BUCKET[0]) -> set[str]:
        return set(self.instance.get_materialized_partitions(key))

    def mapped(self) -> dict[str, str]:
        """Database → policy of the physical mappings."""
        found = [m for m in self.client.dbrps() if not m.virtual]
        return {mapping.database: mapping.retention_policy for mapping in found}


@pytest.fixture
def world(
    influx: Influx, server: Connection, instance: dg.DagsterInstance, folder: Path, home: Path
) -> World:
    return World(influx, server, instance, folder)


def span(request: dg.RunRequest) -> tuple[str, str]:
    """First and last key of a request."""
    if request.partition_key:
        return request.partition_key, request.partition_key
    return request.tags[RANGE_START], request.tags[RANGE_END]
