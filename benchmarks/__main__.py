"""`python -m benchmarks --size ci|full`: a table of ratios; exit status 1 when a bar is missed."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import data, embedded, estate, start
from benchmarks.result import Result
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import Settings

SIZES = {"ci": (100, 20_000, 200_000), "full": (1_000, 1_000_000, 1_000_000)}


def measure(buckets: int, rows: int, points: int) -> list[Result]:
    """All benchmarks, against a server of our own."""
    home = Path(tempfile.mkdtemp())
    settings = Settings(url=None, home=home, _env_file=None)  # type: ignore[call-arg]
    results = [*start.run(), *embedded.run(points)]
    with running_server(settings) as connection, connection.client(settings) as client:
        results += data.run(client, rows)
        results += estate.run(client, buckets)
    return results


def show(results: list[Result]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in ("Benchmark", "Ours s", "Theirs s", "Ratio", "Bar", "", "Against"):
        table.add_column(name, justify="left" if name in ("Benchmark", "Against") else "right")
    for found in results:
        numbers = (f"{value:.2f}" for value in (found.ours, found.theirs, found.ratio, found.bar))
        verdict = "[green]met[/]" if found.met else "[bold red]missed[/]"
        table.add_row(found.name, *numbers, verdict, found.against)
    Console().print(table)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--size", choices=SIZES, default="ci")
    results = measure(*SIZES[parser.parse_args().size])
    show(results)
    return 0 if all(found.met for found in results) else 1


if __name__ == "__main__":
    sys.exit(main())
