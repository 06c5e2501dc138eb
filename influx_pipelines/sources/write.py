"""Samples to points."""

from __future__ import annotations

from collections.abc import Sequence

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.sources.host import Sample
from influx_pipelines.sources.hostmetrics import MEASUREMENTS


def write_samples(client: Influx, bucket: str, samples: Sequence[Sample]) -> WriteResult:
    """Write all rows of the samples, one request a measurement.

    Raises:
        InfluxError: the server refused them or did not answer; writing them again is harmless.
    """
    total = WriteResult()
    for name, measurement in MEASUREMENTS.items():
        rows = [row for sample in samples for row in sample.rows.get(name, ())]
        if rows:
            total.add(client.write(rows, bucket=bucket, measurement=measurement))
    return total
