"""The example of docs/library.md is somebody else's project: loaded, run, and quoted there."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/example/weather.py"
PAGE = ROOT / "docs/library.md"
HOUR = timedelta(hours=1)


@pytest.fixture
def environment(server: Connection, org: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUXDB_URL", server.url)
    monkeypatch.setenv("INFLUXDB_TOKEN", server.token)
    monkeypatch.setenv("INFLUXDB_ORG", org)


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("weather_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_quotes_the_file() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        assert block in EXAMPLE.read_text()


def test_the_links_of_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PAGE.read_text()):
        assert (PAGE.parent / target).exists(), target


def test_the_example_writes_days_and_their_hourly_means(
    influx: Influx, environment: None, example: ModuleType
) -> None:
    influx.create_bucket("weather", retention_seconds=0)
    job = example.defs.resolve_job_def("daily_weather")
    for key in ("2026-11-02", "2026-11-03", "2026-11-02"):
        assert job.execute_in_process(partition_key=key).success
    readings = influx.read("weather", "weather", start="-10y").rows()
    assert len(readings) == 2 * 1_440
    means = influx.read("weather", "weather_hourly", start="-10y").rows()
    assert len(means) == 2 * 24
    first = min(means, key=lambda row: row["_time"])
    hour = [row["temperature"] for row in readings if row["_time"] < first["_time"] + HOUR]
    assert first["_time"] == datetime(2026, 11, 2, tzinfo=UTC)
    assert first["temperature"] == pytest.approx(sum(hour) / 60, abs=0.01)


def test_the_example_is_a_valid_code_location_without_a_server(tmp_path: Path) -> None:
    """Nothing of our own project may be looked for: it is loaded in an empty folder."""
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", "-f", str(EXAMPLE)],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Validation successful" in done.stdout + done.stderr
