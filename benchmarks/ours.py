"""The contender that this is about."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.frames import Frame
from influx_pipelines.influx.client import Influx


def client(url: str, *, gzip: bool = False) -> Influx:
    return Influx(url, "t", "o", read_timeout=600, gzip=gzip)


def blocks(frame: Frame, precision: str = "ns") -> Iterator[bytes]:
    """Line protocol in blocks, as `write` sends it."""
    from influx_pipelines.influx.writing.layout import Layout
    from influx_pipelines.influx.writing.serializer import serialize

    return serialize(frame.data, Layout("m", tuple(frame.tags), precision=precision))


def size_of_lines(frame: Frame) -> int:
    """Bytes; no more than one block is there at a time."""
    return sum(map(len, blocks(frame)))


def lines(frame: Frame, precision: str = "ns") -> list[str]:
    return b"".join(blocks(frame, precision)).decode().splitlines()


def write(client: Influx, frame: Frame, bucket: str = "b") -> None:
    client.write(frame.data, bucket=bucket, measurement="m", tags=frame.tags)
