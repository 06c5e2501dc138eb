"""The source that a request asks for."""

from __future__ import annotations

from influx_pipelines.influx.client import Influx
from influx_pipelines.transfer.request import ExportRequest
from influx_pipelines.transfer.sources.aggregate import AggregateSource
from influx_pipelines.transfer.sources.bucket import BucketSource
from influx_pipelines.transfer.sources.script import ScriptSource
from influx_pipelines.transfer.sources.source import Source


def source_of(client: Influx, request: ExportRequest) -> Source:
    """The source of a request's points.

    Raises:
        TransferError: its script cannot be run window by window.
    """
    bucket, measurements = request.bucket, request.measurements
    if request.script:
        return ScriptSource(client, bucket, request.script)
    if request.every:
        every = request.every_length
        return AggregateSource(client, bucket, measurements, every=every, fn=request.fn)
    return BucketSource(client, bucket, measurements)
