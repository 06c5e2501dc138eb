"""Answers of queries to frames, end to end."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import answers, ours, peers, stub
from benchmarks.result import Result, in_turns
from benchmarks.sizes import Size

SHAPES = {
    "one_table": ("one pivoted table", 12.0),
    "one_header": ("1,000 tables, one header", 12.0),
    "many_headers": ("1,000 tables, 1,000 headers", 12.0),
    "long": ("long, mixed types", 12.0),
    "quoted": ("quoted line breaks", 8.0),
}
BY_HAND = "query_raw, pandas.read_csv"


def run(size: Size) -> Iterator[Result]:
    with tempfile.TemporaryDirectory() as folder:
        for name, make in answers.SHAPES.items():
            (Path(folder) / f"{name}.csv").write_bytes(make(size.rows))
        with (
            stub.running(Path(folder)) as url,
            ours.client(url) as client,
            peers.official(url) as official,
        ):
            for name, (title, times) in SHAPES.items():
                flux = answers.flux(name)
                contenders = {
                    "ours": lambda flux=flux: [t.pandas() for t in client.query(flux).tables],
                    "query_data_frame": lambda flux=flux: peers.query_frame(official, flux),
                }
                if name == "one_table":
                    contenders[BY_HAND] = lambda f=flux: peers.query_and_read_csv(official, f)
                took = in_turns(contenders, size)
                mine = took.pop("ours").wall
                for against, theirs in took.items():
                    bar = 1.5 if against == BY_HAND else times
                    yield Result(f"read: {title}", mine, theirs.wall, against, bar)
