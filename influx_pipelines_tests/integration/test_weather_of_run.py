"""Which weather `run` shows, told in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from influx_pipelines.cli.weather import CURRENT, SAMPLE, weather_of
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings
from influx_pipelines_tests.services.weather import KEY, open_meteo, openweather

OURS = Connection("http://127.0.0.1:1", "org", "embedded", "token")
GIVEN = Connection("http://127.0.0.1:1", "org", "given", "token")
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def silent(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path, openweather_url=NOBODY, open_meteo_url=NOBODY, _env_file=None
    )  # fmt: skip


def test_the_real_weather_where_both_services_answer_be_it_with_an_error(silent: Settings) -> None:
    with open_meteo() as meteo, openweather() as present:
        both = {"openweather_url": present.url, "open_meteo_url": meteo.url}
        settings = silent.model_copy(update={**both, "openweather_key": KEY})
        found = weather_of(settings, OURS)
        assert (found.live, found.history, found.left_out) == (True, True, {SAMPLE})
        found = weather_of(settings.model_copy(update={"open_meteo_url": NOBODY}), OURS)
        assert (found.live, found.history) == (True, False)
        assert "no history: 127.0.0.1:9 does not answer" in found.about


def test_else_a_sample_that_is_called_one_on_a_server_of_ours_only(silent: Settings) -> None:
    found = weather_of(silent, OURS)
    assert found.left_out == {CURRENT}
    assert found.about == (
        "127.0.0.1:9 does not answer: a made-up SAMPLE in the bucket weather_sample"
    )
    assert weather_of(silent, GIVEN).left_out == {CURRENT, SAMPLE}
    off = silent.model_copy(update={"network": False})
    assert weather_of(off, GIVEN).about == "INFLUX_PIPELINES_NETWORK is false: none"
