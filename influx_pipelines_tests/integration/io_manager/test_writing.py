"""The I/O manager writes what an asset returns: every kind of table, in its partition, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from influx_pipelines.io_manager import InfluxIOManager, influx_metadata, storing
from influx_pipelines.resources import InfluxDBResource
from influx_pipelines_tests.integration.io_manager.tables import (
    BUCKET,
    DAILY,
    DAY,
    KEY,
    House,
    Weather,
    failure,
    made,
    metadata,
    retried,
    rows,
)

REPLACED = influx_metadata(Weather, replace="window")
KINDS: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "dicts": list,
    "iterator of dicts": iter,
    "pandas": pd.DataFrame,
    "pandas with an index of times": lambda rows: pd.DataFrame(rows).set_index("time"),
    "polars": pl.DataFrame,
    "lazy polars": pl.LazyFrame,
    "arrow": pa.Table.from_pylist,
    "reader": lambda rows: pa.Table.from_pylist(rows).to_reader(),
    "iterator of batches": lambda rows: iter(pa.Table.from_pylist(rows).to_batches()),
    "times in whole seconds": lambda rows: [
        row | {"time": int(row["time"].timestamp())} for row in rows
    ],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_is_written(house: House, kind: str) -> None:
    asset = made(lambda context: KINDS[kind](rows(0, 1, 23)), influx_metadata(Weather))
    result = house.run(asset)
    assert result.success
    assert house.stored() == [("01-02 00:00", 0.0), ("01-02 01:00", 1.0), ("01-02 23:00", 23.0)]
    assert house.stored("rain") == [("01-02 00:00", 0), ("01-02 01:00", 1), ("01-02 23:00", 23)]


def test_the_page_is_told_counts_columns_first_rows_and_a_plot(house: House) -> None:
    some = [*rows(*range(20)), {"time": DAY + timedelta(hours=20), "station": "hill"}]
    told = metadata(house.run(made(some, influx_metadata(Weather))))
    counts = {name: told[name].value for name in ("accepted", "skipped", "dropped", "requests")}
    assert counts == {"accepted": 20, "skipped": 1, "dropped": 0, "requests": 1}
    assert told["line_protocol_bytes"].value > 20 * len("weather,station=hill ")
    assert told["dagster/partition_row_count"].value == 20
    assert told["dagster/table_name"].value == "weather/weather"
    assert "20 points" in told["summary"].value
    assert "2026-01-02 00:00:00 to 2026-01-03 00:00:00 UTC" in told["summary"].value
    assert len(told["preview"].records) == 10
    assert told["plot"].value.startswith("![weather](data:image/png;base64,")
    columns = {c.name: (c.type, c.tags) for c in told["dagster/column_schema"].schema.columns}
    assert columns["temperature"] == ("float", {"role": "field", "unit": "°C"})
    assert columns["station"] == ("string", {"role": "tag"})


def test_columns_that_nobody_declared_are_those_of_the_table(house: House) -> None:
    told = metadata(house.run(made(rows(1), {"influx/tags": ["station"]})))
    columns = {
        c.name: (c.type, c.tags["role"]) for c in told["dagster/column_schema"].schema.columns
    }
    assert columns == {
        "time": ("timestamp", "time"),
        "station": ("string", "tag"),
        "temperature": ("float", "field"),
        "rain": ("integer", "field"),
    }


def test_metadata_is_small_whatever_the_table(house: House) -> None:
    many = pd.DataFrame(
        {
            "time": pd.date_range(DAY, periods=60_000, freq="s"),
            "station": [f"s{n % 50}" for n in range(60_000)],
            "temperature": range(60_000),
            "rain": 0,
        }
    )
    told = metadata(house.run(made(many, influx_metadata(Weather))))
    assert told["accepted"].value == 60_000
    assert len(str(told)) < 150_000


@pytest.mark.parametrize("last", [-1, 24])
def test_a_row_outside_of_the_partition_fails_and_nothing_is_written(
    house: House, last: int
) -> None:
    house.run(made(rows(5), REPLACED))
    result = house.run(made(rows(0, 23, last), REPLACED))
    assert "row 2 is of 2026-01-0" in failure(result).description
    assert not retried(result)
    assert house.stored() == [("01-02 05:00", 5.0)]


def test_a_row_outside_is_met_in_a_stream_too(house: House) -> None:
    result = house.run(made(lambda context: iter(rows(0, 24)), influx_metadata(Weather)))
    assert "row 1 is of 2026-01-03 00:00:00+00:00" in failure(result).description


def test_a_time_in_another_unit_is_told_as_it_is(house: House) -> None:
    """The message itself failed with an OverflowError for a time of the year 53 million."""
    wrong = [{**rows(1)[0], "time": int(DAY.timestamp()) * 10**9}]
    for definition in (DAILY, None):
        table = made(wrong, influx_metadata(Weather), partitions_def=definition)
        result = house.run(table, key=KEY if definition else None)
        assert "row 0" in failure(result).description
        assert "1767312000000000000" in failure(result).description


def test_a_table_without_times_is_refused_in_a_partition_of_time(house: House) -> None:
    result = house.run(made([{"station": "a", "temperature": 1.0, "rain": 1}], REPLACED))
    assert "no column 'time'" in failure(result).description


def test_a_partition_in_local_time_is_a_day_there(house: House) -> None:
    berlin = dg.DailyPartitionsDefinition("2026-01-01", timezone="Europe/Berlin")
    table = rows(-1, 22)
    assert house.run(made(table, influx_metadata(Weather), partitions_def=berlin)).success
    assert not house.run(made(rows(23), influx_metadata(Weather), partitions_def=berlin)).success


def test_a_second_run_overwrites_and_leaves_the_others(house: House) -> None:
    house.run(made(rows(1, 2), influx_metadata(Weather)))
    house.run(made([{**rows(1)[0], "temperature": 7.0}], influx_metadata(Weather)))
    assert house.stored() == [("01-02 01:00", 7.0), ("01-02 02:00", 2.0)]


def test_replacing_deletes_the_window_and_nothing_else(house: House) -> None:
    for day in (-1, 0, 1):
        some = rows(0, 12, day=DAY + timedelta(days=day))
        key = f"{DAY + timedelta(days=day):%F}"
        assert house.run(made(some, REPLACED), key=key).success
    other = influx_metadata("other", tags=["station"], fields=["temperature"])
    house.run(made(rows(3), other))
    assert house.run(made(rows(13), REPLACED)).success
    assert house.stored() == [
        ("01-01 00:00", 0.0),
        ("01-01 12:00", 12.0),
        ("01-02 03:00", 3.0),
        ("01-02 13:00", 13.0),
        ("01-03 00:00", 0.0),
        ("01-03 12:00", 12.0),
    ]


def test_none_writes_and_deletes_nothing_and_says_so(house: House) -> None:
    house.run(made(rows(5), REPLACED))
    result = house.run(made(None, REPLACED))
    assert "None" in metadata(result)["summary"].value
    assert house.stored() == [("01-02 05:00", 5.0)]


@pytest.mark.parametrize("empty", [[], iter(()), pd.DataFrame(), pa.table({})])
def test_an_empty_table_empties_the_window_that_it_replaces(house: House, empty: Any) -> None:
    house.run(made(rows(5), REPLACED))
    told = metadata(house.run(made(lambda context: empty, REPLACED)))
    assert told["summary"].value.startswith("0 points")
    assert house.stored() == []


def test_a_range_of_partitions_is_one_window(house: House) -> None:
    single = {"backfill_policy": dg.BackfillPolicy.single_run()}
    some = [*rows(1), *rows(25), *rows(49)]
    result = house.run(made(some, REPLACED, **single), key=("2026-01-02", "2026-01-04"))
    assert result.success
    assert len(result.asset_materializations_for_node("weather")) == 3
    result = house.run(made(rows(2), REPLACED, **single), key=("2026-01-02", "2026-01-03"))
    assert house.stored() == [("01-02 02:00", 2.0), ("01-04 01:00", 49.0)]


def test_replacing_without_partitions_needs_a_range(house: House) -> None:
    result = house.run(made(rows(1), REPLACED, partitions_def=None), key=None)
    assert "load_range" in failure(result).description
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    ranged = influx_metadata(Weather, replace="window", load_range="-2d")
    for ago in ([30, 3, 1], [2]):
        some = rows(*[-hours for hours in ago], day=now)
        result = house.run(made(some, ranged, partitions_def=None), key=None)
        assert result.success
        assert metadata(result)["dagster/row_count"].value == len(ago)
    assert [value for _, value in house.stored()] == [-2.0]


def test_replacing_a_static_partition_without_its_tag_is_refused(house: House) -> None:
    static = dg.StaticPartitionsDefinition(["hill", "dale"])
    ranged = influx_metadata(Weather, replace="window", load_range="-2d")
    result = house.run(made(rows(1), ranged, partitions_def=static), key="hill")
    assert "partition_tag" in failure(result).description


BY_TAG = influx_metadata(Weather, partition_tag="station", replace="window")
STATIONS = dg.StaticPartitionsDefinition(["hill", "dale", 'odd "\\ name'])


def test_a_static_partition_is_the_value_of_a_tag(house: House) -> None:
    bare = [{"time": DAY, "temperature": 1.0, "rain": 1}]
    for key in STATIONS.get_partition_keys():
        assert house.run(made(bare, BY_TAG, partitions_def=STATIONS), key=key).success
    odd = 'odd "\\ name'
    later = [{**row, "time": DAY + timedelta(hours=1)} for row in bare]
    assert house.run(made(later, BY_TAG, partitions_def=STATIONS), key=odd).success
    found = house.client.query(
        'from(bucket: "weather") |> range(start: 2026-01-01T00:00:00Z)'
        ' |> filter(fn: (r) => r._field == "rain")'
    ).rows()
    assert sorted((row["station"], row["_time"].hour) for row in found) == [
        ("dale", 0),
        ("hill", 0),
        (odd, 1),
    ]


def test_a_row_of_another_static_partition_fails(house: House) -> None:
    some = [*rows(1), *rows(1, station="dale")]
    result = house.run(made(some, BY_TAG, partitions_def=STATIONS), key="hill")
    assert "row 1 has station = 'dale'" in failure(result).description
    assert house.stored() == []


def test_a_partition_of_time_and_a_tag_is_both(house: House) -> None:
    both = dg.MultiPartitionsDefinition(
        {"date": dg.DailyPartitionsDefinition("2026-01-01"), "place": STATIONS}
    )
    for place in ("hill", "dale"):
        key = dg.MultiPartitionKey({"date": KEY, "place": place})
        assert house.run(made(rows(1, station=place), BY_TAG, partitions_def=both), key=key).success
    key = dg.MultiPartitionKey({"date": KEY, "place": "hill"})
    assert house.run(made(rows(2), BY_TAG, partitions_def=both), key=key).success
    assert house.stored() == [("01-02 01:00", 1.0), ("01-02 02:00", 2.0)]
    assert not house.run(made(rows(24), BY_TAG, partitions_def=both), key=key).success
    range_ = ("2026-01-02|dale", "2026-01-03|hill")
    single = {"backfill_policy": dg.BackfillPolicy.single_run()}
    some = [*rows(3), *rows(27, station="dale")]
    ordered = dg.MultiPartitionsDefinition(
        {
            "date": dg.DailyPartitionsDefinition("2026-01-01"),
            "place": dg.StaticPartitionsDefinition(["dale", "hill"]),
        }
    )
    assert house.run(made(some, BY_TAG, partitions_def=ordered, **single), key=range_).success
    assert house.stored() == [("01-02 03:00", 3.0), ("01-03 03:00", 27.0)]


def test_points_of_another_type_fail_after_the_others_are_stored(house: House) -> None:
    loose = influx_metadata("m", tags=["station"])
    house.run(made(rows(1), loose))
    mixed = [
        {"time": DAY, "station": "hill", "temperature": 1.0, "rain": None},
        {"time": DAY, "station": "dale", "temperature": 2.0, "rain": 0.5},
    ]
    result = house.run(made(mixed, loose))
    found = failure(result)
    assert not retried(result)
    assert found.metadata["accepted"].value == 1
    assert found.metadata["dropped"].value == 1
    (conflict,) = found.metadata["conflicts"].records
    assert conflict.data == {"field": "rain", "sent": "float", "stored": "integer", "dropped": 1}
    assert ("01-02 00:00", 1.0) in house.stored()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"temperature": "warm"}, "'temperature' is declared float"),
        ({"wind": 1.0}, "'wind'"),
        ({"station": "end\\"}, "backslash"),
        ({"time": None}, "time"),
    ],
)
def test_a_row_that_cannot_be_written_fails_with_its_reason(
    house: House, change: dict[str, Any], reason: str
) -> None:
    result = house.run(made([{**rows(1)[0], **change}], influx_metadata(Weather)))
    found = failure(result)
    assert reason in found.description
    assert not retried(result)
    assert house.stored() == []


def test_what_is_no_table_fails_with_what_would_be_one(house: House) -> None:
    found = failure(house.run(made(42, influx_metadata(Weather))))
    assert "int is no table" in found.description


def test_nothing_is_deleted_for_rows_that_cannot_be_written(house: House) -> None:
    house.run(made(rows(5), REPLACED))
    result = house.run(made([*rows(6), *rows(7, station="end\\")], REPLACED))
    assert "row 1" in failure(result).description
    assert house.stored() == [("01-02 05:00", 5.0)]


def test_tables_of_several_schemas_are_written(house: House) -> None:
    loose = influx_metadata("m", tags=["station"])
    tables = [pa.Table.from_pylist(rows(1)), pa.Table.from_pylist(rows(2)).drop_columns(["rain"])]
    assert house.run(made(tables, loose)).success
    assert house.stored() == [("01-02 01:00", 1.0), ("01-02 02:00", 2.0)]
    assert house.stored("rain") == [("01-02 01:00", 1)]


def test_what_was_stored_is_told_when_a_stream_breaks_off(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storing, "BATCH_ROWS", 2)
    some = rows(1, 2, 1, 2, 24)  # the second batch waits until the first is stored: it repeats it
    result = house.run(made(lambda context: iter(some), influx_metadata(Weather)))
    assert "row 4 is of 2026-01-03" in failure(result).description
    assert failure(result).metadata["accepted"].value >= 2
    assert house.stored() == [("01-02 01:00", 1.0), ("01-02 02:00", 2.0)]


def test_the_plot_is_of_the_fields_that_are_asked_for(house: House) -> None:
    for plot, there in ((["rain"], True), ([], False)):
        told = metadata(house.run(made(rows(1, 2), influx_metadata(Weather, plot=plot))))
        assert ("plot" in told) is there
    odd = influx_metadata("odd", plot=["note"])
    infinite = [{"time": DAY, "note": "a", "value": float("inf"), "other": 1}]
    assert "plot" not in metadata(house.run(made(infinite, odd)))
    assert "plot" in metadata(house.run(made(infinite, {"influx/measurement": "odd"})))


def test_an_asset_may_say_more_in_its_metadata(house: House) -> None:
    result = dg.MaterializeResult(metadata={"source": "a file"}, value=rows(1))
    told = metadata(house.run(made(result, influx_metadata(Weather))))
    assert told["source"].value == "a file"
    assert told["accepted"].value == 1


def test_a_server_that_is_not_there_is_tried_again() -> None:
    away = InfluxDBResource(url="http://127.0.0.1:9", token="t", org="o", retry_seconds=0.0)
    result = dg.materialize(
        [made(rows(1), influx_metadata(Weather))],
        resources={"io_manager": InfluxIOManager(influx=away, bucket=BUCKET)},
        partition_key=KEY,
        raise_on_error=False,
    )
    assert retried(result)
    assert "127.0.0.1:9" in failure(result).description


def test_an_asset_without_a_bucket_is_told_so(house: House) -> None:
    manager = InfluxIOManager(influx=house.resource)
    result = dg.materialize(
        [made(rows(1), influx_metadata(Weather))],
        resources={"io_manager": manager},
        partition_key=KEY,
        raise_on_error=False,
    )
    assert "names no bucket" in failure(result).description
