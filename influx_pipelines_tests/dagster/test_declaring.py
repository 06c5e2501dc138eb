"""What `influx_metadata` says of an asset: seen on the page before its first run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.influx.measurement import Measurement
from influx_pipelines.io_manager import InfluxIOManager, influx_metadata
from influx_pipelines.resources import InfluxDBResource
from influx_pipelines_tests.integration.io_manager.tables import BUCKET, Weather, made


def test_the_columns_are_there_in_the_loaded_definitions() -> None:
    definitions = dg.Definitions(assets=[made(None, influx_metadata(Weather, bucket=BUCKET))])
    (spec,) = definitions.resolve_all_asset_specs()
    schema = spec.metadata["dagster/column_schema"]
    assert {column.name: column.type for column in schema.columns} == {
        "time": "timestamp",
        "station": "string",
        "temperature": "float",
        "rain": "integer",
    }
    described = next(column for column in schema.columns if column.name == "temperature")
    assert described.description == "Air, two metres above ground."
    assert described.tags == {"role": "field", "unit": "°C"}


def test_a_class_and_a_name_say_the_same() -> None:
    by_name = influx_metadata(
        "weather",
        tags=["station"],
        fields={"temperature": float, "rain": "integer"},
        precision="s",
    )
    by_class = influx_metadata(Weather)
    for key in ("influx/measurement", "influx/tags", "influx/fields", "influx/precision"):
        assert by_name[key] == by_class[key]


def test_definition_metadata_is_plain_json_beside_the_columns() -> None:
    found = influx_metadata(Weather, bucket=BUCKET, replace="window")
    del found["dagster/column_schema"]
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"tags": ["a"]}, "Weather declares"),
        ({"replace": "all"}, "replace"),
        ({"load_range": "30d"}, "-30d"),
        ({"load_range": "-1 month"}, "-1 month"),
        ({"partition_tag": "place"}, "place"),
        ({"plot": ["wind"]}, "wind"),
    ],
)
def test_what_cannot_be_is_refused_at_definition(said: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        influx_metadata(Weather, **said)


def test_a_type_that_no_field_has_is_refused_at_definition() -> None:
    with pytest.raises(ValueError, match="decimal"):
        influx_metadata("m", fields={"a": "decimal"})


def test_the_token_is_in_no_repr() -> None:
    resource = InfluxDBResource(url="http://x", token="very-secret-token", org="o")
    assert "very-secret" not in repr(InfluxIOManager(influx=resource, bucket="b"))
    assert "very-secret" not in str(resource)


def test_nothing_of_this_project_is_read_for_a_server_that_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable of ours, set wrongly, failed the runs of somebody who uses none of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INFLUX_PIPELINES_TIMEOUT", "soon")
    monkeypatch.setenv("INFLUX_PIPELINES_ENV_FILE", str(tmp_path / "absent"))
    with InfluxDBResource(url="http://x/", token="t", org="o").client() as client:
        assert client.url == "http://x"
    assert list(tmp_path.iterdir()) == []


def test_an_address_without_a_token_is_told_at_once() -> None:
    with pytest.raises(dg.Failure, match="token"):
        InfluxDBResource(url="http://x", org="o").connection()


@pytest.mark.parametrize(
    ("measurement", "said", "reason"),
    [
        ("m", {"tags": "host"}, r"tags='host' is one text: give a list, \['host'\]"),
        ("m", {"fields": "v"}, "fields='v' is one text"),
        ("m", {"plot": "v"}, "plot='v' is one text"),
        ("m", {"precision": "m"}, "write one of ns, us, ms, s"),
        (Weather, {"precision": "ms"}, "precision='ms': Weather declares 's'"),
        ("", {}, "name of a measurement is empty"),
        (Measurement, {}, "name of a measurement is empty"),
    ],
)
def test_mistakes_are_told_when_the_definition_is_loaded(
    measurement: Any, said: dict[str, Any], reason: str
) -> None:
    """A text for a list was "should be a valid tuple"; a precision beside a class was ignored, and
    a class without a name failed with the first run.
    """
    with pytest.raises(ValueError, match=reason):
        influx_metadata(measurement, **said)


def test_what_is_no_measurement_is_told() -> None:
    """It ended in "object has no attribute 'name'"."""
    with pytest.raises(TypeError, match="None is neither text nor a class"):
        influx_metadata(None)  # type: ignore[arg-type]
