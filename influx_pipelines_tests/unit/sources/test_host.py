from __future__ import annotations

import threading
from collections.abc import Sequence

import psutil
import pytest

from influx_pipelines.influx.errors import Unavailable
from influx_pipelines.sources import host, sampler
from influx_pipelines.sources.host import HostSampler, Sample
from influx_pipelines.sources.hostmetrics import MEASUREMENTS


def test_a_sample_has_telegrafs_measurements_tags_and_types() -> None:
    sample = HostSampler("here").sample(interval=0.05)
    assert sample.failed == {}
    for name in ("cpu", "mem", "disk", "system", "processes", "kernel", "net"):
        measurement = MEASUREMENTS[name]
        assert sample.rows[name], name
        for row in sample.rows[name]:
            assert row["host"] == "here"
            assert set(measurement.tags) <= row.keys()
            for field, declared in measurement.fields.items():
                value = row.get(field)
                assert value is None or type(value) is declared.type, (name, field, value)


def test_the_processors_come_one_by_one_and_in_total() -> None:
    rows = HostSampler("here").sample().rows["cpu"]
    assert [row["cpu"] for row in rows][:2] == ["cpu-total", "cpu0"]


def test_a_reader_that_fails_costs_only_its_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise psutil.AccessDenied(1)

    monkeypatch.setitem(host._READERS, "swap", broken)
    sample = HostSampler("here").sample()
    assert "AccessDenied" in sample.failed["swap"]
    assert sample.rows["mem"]


class Store:
    """Takes samples, or not."""

    def __init__(self, stop: threading.Event, refuse: int, enough: int) -> None:
        self.stop, self.refuse, self.enough = stop, refuse, enough
        self.taken: list[Sample] = []

    def write(self, samples: Sequence[Sample]) -> None:
        if self.refuse:
            self.refuse -= 1
            raise Unavailable("down")
        self.taken += samples
        if len(self.taken) >= self.enough:
            self.stop.set()


def test_samples_that_could_not_be_written_are_written_later_in_order() -> None:
    """A restart of InfluxDB cost every sample that was taken meanwhile."""
    stop = threading.Event()
    store = Store(stop, refuse=3, enough=5)
    sampler.run_sampler(store.write, every=0.01, stop=stop, sampler=HostSampler("here"))
    times = [sample.time for sample in store.taken]
    assert len(times) >= 5
    assert times == sorted(times)


def test_the_sampler_ends_at_once_when_told() -> None:
    stop = threading.Event()
    stop.set()
    sampler.run_sampler(lambda _: None, every=60, stop=stop)
