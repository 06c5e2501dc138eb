"""Assets whose tables are kept in InfluxDB, made and run for one test."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.measurement import Field, Measurement, Tag
from influx_pipelines.io_manager import InfluxIOManager
from influx_pipelines.resources import InfluxDBResource

BUCKET = "weather"
DAILY = dg.DailyPartitionsDefinition("2026-01-01")
DAY = datetime(2026, 1, 2, tzinfo=UTC)
KEY = "2026-01-02"
AGAIN = dg.RetryPolicy(max_retries=1)
RANGE = ("dagster/asset_partition_range_start", "dagster/asset_partition_range_end")

EVERYTHING = """
from(bucket: params.bucket)
    |> range(start: 1700-01-01T00:00:00Z, stop: 2200-01-01T00:00:00Z)
    |> filter(fn: (r) => r._field == params.field)
    |> group()
    |> sort(columns: ["_time"])
"""


class Weather(Measurement, name="weather", precision="s"):
    """Weather at one place."""

    station = Tag("Name of the station.")
    temperature = Field(float, unit="°C", description="Air, two metres above ground.")
    rain = Field(int, unit="mm")


def rows(*hours: int, station: str = "hill", day: datetime = DAY) -> list[dict[str, Any]]:
    """A row an hour of a day; its temperature is the hour."""
    return [
        {
            "time": day + timedelta(hours=hour),
            "station": station,
            "temperature": float(hour),
            "rain": hour,
        }
        for hour in hours
    ]


def made(table: Any, metadata: Any, **options: Any) -> dg.AssetsDefinition:
    """The asset `weather` that returns the table, or what a function makes of its context."""
    common = {"partitions_def": DAILY, "retry_policy": AGAIN}

    @dg.asset(name="weather", metadata=metadata, **common | options)
    def asset(context: dg.AssetExecutionContext) -> Any:
        return table(context) if callable(table) else table

    return asset


def taken(into: list[Any], annotation: Any = Any, wanted: Any = None, **options: Any) -> Any:
    """The asset `reader` that keeps in a list what it was given."""

    def reader(weather: Any) -> None:
        into.append(weather)

    reader.__annotations__ = {"weather": annotation, "return": None}
    ins = {"weather": dg.AssetIn(metadata=wanted)}
    common = {"partitions_def": DAILY, "retry_policy": AGAIN}
    return dg.asset(ins=ins, **common | options)(reader)


class House:
    """An I/O manager of a fresh organisation with one bucket."""

    def __init__(self, client: Influx, url: str, token: str, instance: dg.DagsterInstance) -> None:
        self.client, self.instance = client, instance
        client.create_bucket(BUCKET, retention_seconds=0)
        self.resource = InfluxDBResource(url=url, token=token, org=client.org, retry_seconds=0.2)
        self.manager = InfluxIOManager(influx=self.resource, bucket=BUCKET)

    def run(
        self,
        *assets: Any,
        key: str | Sequence[str] | None = KEY,
        only: str | None = None,
    ) -> dg.ExecuteInProcessResult:
        """Materialize one partition, a range of them (first and last key), or no partition."""
        several = isinstance(key, list | tuple)
        return dg.materialize(
            list(assets),
            resources={"io_manager": self.manager},
            partition_key=None if several else key,
            tags=dict(zip(RANGE, key, strict=True)) if several else None,
            selection=only,
            instance=self.instance,
            raise_on_error=False,
        )

    def load(
        self,
        asset: Any,
        annotation: Any = Any,
        wanted: Any = None,
        key: str | Sequence[str] | None = KEY,
        **options: Any,
    ) -> Any:
        """What an asset downstream is given."""
        found: list[Any] = []
        result = self.run(
            asset, taken(found, annotation, wanted, **options), key=key, only="reader"
        )
        assert result.success, failure(result, "reader").description
        return found[0]

    def stored(self, field: str = "temperature") -> list[tuple[str, Any]]:
        """Time and value of every point of a field, whatever its measurement."""
        found = self.client.query(EVERYTHING, {"bucket": BUCKET, "field": field}).rows()
        return [(f"{row['_time']:%m-%d %H:%M}", row["_value"]) for row in found]


def failure(result: dg.ExecuteInProcessResult, step: str = "weather") -> Any:
    """The `dg.Failure` of a step: its description and metadata."""
    found = result.failure_data_for_node(step)
    assert found is not None
    assert found.user_failure_data is not None, found.error
    return found.user_failure_data


def retried(result: dg.ExecuteInProcessResult) -> bool:
    """Whether a step was tried again."""
    return any(event.event_type_value == "STEP_UP_FOR_RETRY" for event in result.all_events)


def metadata(result: dg.ExecuteInProcessResult, step: str = "weather") -> dict[str, Any]:
    """The metadata of what a step materialized."""
    (event,) = result.asset_materializations_for_node(step)
    return dict(event.metadata)
