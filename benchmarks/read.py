"""Answers of queries to frames, end to end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import answers, ours, peers, stub
from benchmarks.result import Result, Work, in_turns
from benchmarks.sizes import Size
from influx_pipelines.influx.client import Influx

SHAPES = {
    "one_table": ("one pivoted table", 12.0),
    "one_header": ("{tables} tables, one header", 12.0),
    "many_headers": ("{tables} tables, {tables} headers", 12.0),
    "long": ("{tables} long tables, mixed types", 12.0),
    "quoted": ("quoted line breaks", 8.0),
}
BY_HAND = "query_raw, pandas.read_csv"


def run(size: Size) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        for shape, make in answers.SHAPES.items():
            (Path(folder) / f"{shape}.csv").write_bytes(make(size.rows))
        with (
            stub.running(Path(folder)) as url,
            ours.client(url) as client,
            peers.official(url) as official,
        ):
            for shape in SHAPES:
                yield from _measured(shape, client, official, size)


def _measured(shape: str, client: Influx, official: Any, size: Size) -> Iterator[Result]:
    flux = answers.flux(shape)
    title, times = SHAPES[shape]
    contenders: dict[str, Work] = {
        "ours": lambda: [table.pandas() for table in client.query(flux).tables],
        "query_data_frame": lambda: peers.query_frame(official, flux),
    }
    if shape == "one_table":
        contenders[BY_HAND] = lambda: peers.query_and_read_csv(official, flux)
    took = in_turns(contenders, size)
    mine = took.pop("ours").wall
    name = "read: " + title.format(tables=f"{answers.tables(size.rows):,}")
    for against, theirs in took.items():
        bar = 1.5 if against == BY_HAND else times
        yield Result(name, mine, theirs.wall, against, bar)
