"""The I/O manager loads what a run's partitions cover, as the type that an input asks for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from influx_pipelines.io_manager import influx_metadata
from influx_pipelines_tests.integration.io_manager.tables import (
    DAILY,
    DAY,
    House,
    Weather,
    failure,
    made,
    retried,
    rows,
    taken,
)

PLAIN = influx_metadata(Weather)
COLUMNS = {"time", "station", "temperature", "rain"}


@pytest.fixture
def weather(house: House) -> Any:
    """Three days, stored; the asset itself is asked for no table any more."""
    for day in range(3):
        some = rows(0, 12, 23, day=DAY + timedelta(days=day))
        assert house.run(made(some, PLAIN), key=f"{DAY + timedelta(days=day):%F}").success
    return made(None, PLAIN)


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (Any, pa.Table),
        (pa.Table, pa.Table),
        (pd.DataFrame, pd.DataFrame),
        (pl.DataFrame, pl.DataFrame),
        (pl.LazyFrame, pl.LazyFrame),
        (list, list),
        (list[dict], list),
        (list[dict[str, Any]], list),
        (pd.DataFrame | None, pd.DataFrame),
    ],
)
def test_an_input_is_what_it_is_annotated_with(
    house: House, weather: Any, annotation: Any, kind: type
) -> None:
    found = house.load(weather, annotation)
    assert isinstance(found, kind)
    if isinstance(found, pl.LazyFrame):
        found = found.collect()
    table = pa.Table.from_pylist(found) if isinstance(found, list) else pa.table(found)
    assert set(table.column_names) >= COLUMNS
    assert sorted(table.column("rain").to_pylist()) == [0, 12, 23]


def test_what_was_returned_is_what_is_loaded(house: House, weather: Any) -> None:
    found = house.load(weather, list[dict])
    assert sorted(found, key=lambda row: row["time"]) == rows(0, 12, 23)


def test_an_annotation_that_is_no_table_is_refused(house: House, weather: Any) -> None:
    result = house.run(weather, taken([], dict), only="reader")
    found = failure(result, "reader")
    assert "pandas.DataFrame" in found.description
    assert not retried(result)


def test_the_partitions_of_a_run_are_loaded_and_no_others(house: House, weather: Any) -> None:
    single = {"backfill_policy": dg.BackfillPolicy.single_run()}
    upstream = made(None, PLAIN, **single)
    found = house.load(upstream, list, key=("2026-01-03", "2026-01-04"), **single)
    assert {row["time"].day for row in found} == {3, 4}
    every = house.load(weather, list, key=None, partitions_def=None)
    assert len(every) == 9


@pytest.mark.filterwarnings("ignore:Parameter .allow_nonexistent:dagster.BetaWarning")
def test_partitions_that_do_not_exist_are_an_empty_table(house: House, weather: Any) -> None:
    before = dg.TimeWindowPartitionMapping(
        start_offset=-1, end_offset=-1, allow_nonexistent_upstream_partitions=True
    )

    def reader(weather: pd.DataFrame) -> None:
        seen.append(weather)

    seen: list[pd.DataFrame] = []
    reader.__annotations__["weather"] = pd.DataFrame
    downstream = dg.asset(
        partitions_def=DAILY, ins={"weather": dg.AssetIn(partition_mapping=before)}
    )(reader)
    assert house.run(weather, downstream, key="2026-01-01", only="reader").success
    assert len(seen[0]) == 0
    assert set(seen[0].columns) == COLUMNS


def test_columns_that_are_declared_are_there_in_an_empty_partition(
    house: House, weather: Any
) -> None:
    found = house.load(weather, pd.DataFrame, key="2026-02-01")
    assert len(found) == 0
    assert set(found.columns) == COLUMNS
    assert found["temperature"].dtype == "float64"


def test_an_input_may_ask_for_fields_and_aggregates(house: House, weather: Any) -> None:
    asked = {"fields": ["temperature"], "every": "12h", "fn": "max"}
    found = house.load(weather, list, asked)
    assert found == [
        {"time": DAY, "station": "hill", "temperature": 0.0},
        {"time": DAY + timedelta(hours=12), "station": "hill", "temperature": 23.0},
    ]


def test_an_input_may_ask_for_tags_and_times(house: House, weather: Any) -> None:
    house.run(made(rows(4, station="dale"), PLAIN))
    found = house.load(weather, list, {"tags": {"station": "dale"}})
    assert [row["temperature"] for row in found] == [4.0]
    asked = {"start": "2026-01-02T10:00:00Z", "stop": "2026-01-02T13:00:00Z"}
    found = house.load(weather, list, asked, key=None, partitions_def=None)
    assert [row["temperature"] for row in found] == [12.0]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"evry": "1h"}, "evry"),
        ({"every": "1 hour"}, "1 hour"),
        ({"every": "1h", "fn": "drop"}, "drop"),
        ({"via": "sql"}, "influxql"),
    ],
)
def test_an_input_that_asks_for_what_cannot_be_is_told_so(
    house: House, weather: Any, asked: Any, reason: str
) -> None:
    result = house.run(weather, taken([], wanted=asked), only="reader")
    found = failure(result, "reader")
    assert reason in found.description
    assert not retried(result)


def test_an_asset_without_partitions_is_loaded_whole_or_back_to_its_range(house: House) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    old, past, future = (now + timedelta(days=days) for days in (-400, -2, 2))
    some = [{**rows(1)[0], "time": time} for time in (old, past, future)]
    none = {"partitions_def": None}
    assert house.run(made(some, PLAIN, **none), key=None).success
    whole = house.load(made(None, PLAIN, **none), list, key=None, **none)
    assert sorted(row["time"] for row in whole) == [old, past, future]
    recent = made(None, influx_metadata(Weather, load_range="-30d"), **none)
    assert [row["time"] for row in house.load(recent, list, key=None, **none)] == [past]


STATIONS = dg.StaticPartitionsDefinition(["hill", "dale"])
BY_TAG = influx_metadata(Weather, partition_tag="station")


def test_a_static_partition_is_loaded_by_its_tag(house: House) -> None:
    static = {"partitions_def": STATIONS}
    for place in ("hill", "dale"):
        assert house.run(made(rows(1, station=place), BY_TAG, **static), key=place).success
    stored = made(None, BY_TAG, **static)
    found = house.load(stored, list, key="dale", **static)
    assert [row["station"] for row in found] == ["dale"]
    both = house.load(stored, list, key=None, partitions_def=None)
    assert sorted(row["station"] for row in both) == ["dale", "hill"]


def test_dynamic_partitions_are_loaded_by_their_tag(house: House) -> None:
    dynamic = {"partitions_def": dg.DynamicPartitionsDefinition(name="stations")}
    house.instance.add_dynamic_partitions("stations", ["hill", "dale"])
    for place in ("hill", "dale"):
        table = made(rows(1, station=place), BY_TAG, **dynamic)
        assert house.run(table, key=place).success
    found: list[Any] = []
    reader = taken(found, list, **dynamic)
    stored = made(None, BY_TAG, **dynamic)
    assert house.run(stored, reader, key="hill", only="reader").success
    assert [row["station"] for row in found[0]] == ["hill"]


def test_a_partition_of_time_and_a_tag_is_loaded_by_both(house: House) -> None:
    both = dg.MultiPartitionsDefinition({"date": DAILY, "place": STATIONS})
    for place in ("hill", "dale"):
        for day in (0, 1):
            time = DAY + timedelta(days=day)
            key = dg.MultiPartitionKey({"date": f"{time:%F}", "place": place})
            table = made(rows(day, station=place, day=time), BY_TAG, partitions_def=both)
            assert house.run(table, key=key).success
    key = dg.MultiPartitionKey({"date": "2026-01-03", "place": "dale"})
    stored = made(None, BY_TAG, partitions_def=both)
    found = house.load(stored, list, key=key, partitions_def=both)
    assert [(row["station"], row["rain"]) for row in found] == [("dale", 1)]


def test_points_that_others_write_are_loaded_as_an_external_asset(
    house: House, weather: Any
) -> None:
    outside = dg.AssetSpec(
        "weather",
        partitions_def=DAILY,
        metadata=influx_metadata("weather", tags=["station"])
        | {"dagster/io_manager_key": "io_manager"},
    )
    assert len(house.load(outside, pd.DataFrame)) == 3
