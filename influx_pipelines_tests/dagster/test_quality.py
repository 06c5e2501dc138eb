"""The generated asset checks and the ingest report, as runs of Dagster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from influx_pipelines.defs.hosts.source import HOST_METRICS
from influx_pipelines.defs.quality import report
from influx_pipelines.defs.quality.checks import FAULTS, checks_of
from influx_pipelines.defs.quality.sources import SOURCES
from influx_pipelines.defs.weather.source import CURRENT_WEATHER
from influx_pipelines.quality.judge import FRESHNESS, names
from influx_pipelines.quality.report import SAMPLE, panels
from influx_pipelines.settings import Settings
from influx_pipelines.sources.host import HostSampler
from influx_pipelines.sources.weather.measurement import ExternalWeather
from influx_pipelines.sources.write import write_samples
from influx_pipelines_tests.dagster.conftest import World

HOSTS = dg.AssetKey(HOST_METRICS.asset)


@pytest.fixture
def hosts(world: World) -> World:
    """The buckets of all sources, empty."""
    for bucket in {source.bucket(Settings(_env_file=None)) for source in SOURCES}:
        world.bucket(bucket)
    return world


def sample(world: World) -> None:
    write_samples(world.client, "monitoring", [HostSampler("here").sample()])


def judged(world: World, *wanted: str) -> dict[str, dg.AssetCheckEvaluation]:
    """The evaluations of one run of only these asset checks."""
    selection = dg.AssetSelection.checks(*(dg.AssetCheckKey(HOSTS, name) for name in wanted))
    definitions = dg.Definitions(
        asset_checks=[checks_of(HOST_METRICS)],
        jobs=[dg.define_asset_job("judge", selection)],
        resources=world.resources,
    )
    result = definitions.resolve_job_def("judge").execute_in_process(instance=world.instance)
    return {found.check_name: found for found in result.get_asset_check_evaluations()}


def test_every_asset_check_of_a_source_passes_and_is_shown(hosts: World) -> None:
    sample(hosts)
    found = judged(hosts, *names(HOST_METRICS))
    assert {name: one.passed for name, one in found.items()} == dict.fromkeys(
        names(HOST_METRICS), True
    )
    for name, one in found.items():
        metadata = {key: str(value.value) for key, value in one.metadata.items()}
        assert metadata["expected"], name
        assert metadata["actual"], name
        assert "data:image/png;base64," in metadata["picture"], name
        assert (one.severity == dg.AssetCheckSeverity.ERROR) is (name in FAULTS)
        assert not one.blocking


def test_a_source_without_points_fails_the_asset_check_that_is_selected(hosts: World) -> None:
    found = judged(hosts, FRESHNESS)
    assert {name: one.passed for name, one in found.items()} == {FRESHNESS: False}
    assert "there never was a point" in str(found[FRESHNESS].description)


def test_the_report_shows_the_last_day_of_every_source_that_wrote(hosts: World, home: Path) -> None:
    sample(hosts)
    result = hosts.run(report.ingest_report)
    (check,) = result.get_asset_check_evaluations()
    assert check.passed
    (event,) = result.asset_materializations_for_node("quality__ingest_report")
    assert "data:image/png;base64," in str(event.metadata["hosts/metrics Memory, used"].value)
    page = (home / "reports" / "ingest.html").read_text()
    assert page.count("data:image/png;base64,") == len(HOST_METRICS.shown)
    assert SAMPLE not in page
    assert (home / "reports" / "ingest.png").read_bytes().startswith(b"\x89PNG")


def test_the_report_shows_a_sample_until_there_are_points_and_says_so(hosts: World) -> None:
    now = datetime.now(UTC)
    assert panels(hosts.client, "WeatherAPI", CURRENT_WEATHER, now) == []
    hosts.bucket(CURRENT_WEATHER.sample)
    row = {"time": now, "location": "here", "source": "s", "temperature": 1.5}
    for bucket, label in ((CURRENT_WEATHER.sample, SAMPLE), ("WeatherAPI", "")):
        hosts.client.write(
            [row], bucket=bucket, measurement=ExternalWeather.name, tags=["location", "source"]
        )
        found = panels(hosts.client, "WeatherAPI", CURRENT_WEATHER, now + timedelta(minutes=1))
        assert found[0].title == f"{label}Temperature"


def test_a_source_without_points_or_a_page_that_is_not_there_fails_the_check(
    tmp_path: Path,
) -> None:
    points = {source.name: 1 for source in SOURCES}
    assert report.complete(points, [tmp_path]).passed is False
    page = tmp_path / "page"
    page.touch()
    assert report.complete(points, [page]).passed
    assert not report.complete(points | {HOST_METRICS.name: 0}, [page]).passed
