"""What people use otherwise, used as its documentation says."""

from __future__ import annotations

import importlib.util
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

from benchmarks.frames import Frame

TIMEOUT = 600_000  # milliseconds
HAS_SLUICEBOX = importlib.util.find_spec("sluicebox") is not None


@contextmanager
def official(url: str, token: str = "t", org: str = "o", **options: Any) -> Iterator[Any]:
    """The official client."""
    from influxdb_client import InfluxDBClient

    with InfluxDBClient(url, token, org=org, timeout=TIMEOUT, **options) as client:
        yield client


def lines_of_frame(frame: Frame, precision: str = "ns") -> list[str]:
    """The official client's serializer of frames."""
    from influxdb_client.client.write.dataframe_serializer import DataframeSerializer
    from influxdb_client.client.write_api import PointSettings

    return DataframeSerializer(
        frame.data,
        PointSettings(),
        precision,
        data_frame_measurement_name="m",
        data_frame_tag_columns=frame.tags,
    ).serialize()


def lines_of_points(frame: Frame) -> list[str]:
    """A `Point` a row, as most code that is written by hand does it."""
    from influxdb_client import Point

    lines = []
    times = frame.data.index.as_unit("ns").asi8.tolist()
    for time, row in zip(times, frame.data.to_dict("records"), strict=True):
        point = Point("m").time(time)
        for name, value in row.items():
            point = point.tag(name, value) if name in frame.tags else point.field(name, value)
        lines.append(point.to_line_protocol())
    return lines


def write(client: Any, bucket: str, frame: Frame, *, batching: bool = False) -> None:
    """`SYNCHRONOUS`, or batching with its defaults until all is sent."""
    from influxdb_client.client.write_api import SYNCHRONOUS, WriteOptions

    with client.write_api(WriteOptions() if batching else SYNCHRONOUS) as api:
        api.write(
            bucket,
            record=frame.data,
            data_frame_measurement_name="m",
            data_frame_tag_columns=frame.tags,
        )


def query_frame(client: Any, flux: str) -> pd.DataFrame | list[pd.DataFrame]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a pivot where there is none
        return client.query_api().query_data_frame(flux)


def query_and_read_csv(client: Any, flux: str) -> pd.DataFrame:
    """What one writes by hand for one table without `#` in a value: pandas' parser in C."""
    import pandas as pd

    answer = client.query_api().query_raw(flux).data
    frame = pd.read_csv(io.BytesIO(answer), comment="#")
    for name in ("_start", "_stop", "_time"):
        frame[name] = pd.to_datetime(frame[name], format="ISO8601", utc=True)
    return frame


@contextmanager
def sluicebox(url: str = "http://127.0.0.1:9") -> Iterator[Any]:
    """Sluicebox with its defaults; the index has no zone, which it must be told."""
    from sluicebox import InfluxClient
    from sluicebox.config import InfluxSettings

    settings = InfluxSettings(
        connection={"url": url, "version": 2, "database": "b", "org": "o"},
        token="t",
        validation={"naive_datetime": "utc"},
    )
    client = InfluxClient(settings)
    try:
        yield client
    finally:
        client.close()


def sluicebox_options(frame: Frame) -> dict[str, Any]:
    return {"measurement": "m", "tag_columns": frame.tags}
