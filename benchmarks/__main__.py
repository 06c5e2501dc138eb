"""`python -m benchmarks`: ours against theirs, a table; exit status 1 when a bar is missed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from rich.console import Console

from benchmarks import (
    backup,
    classify,
    differences,
    embedded,
    estate,
    memory,
    objects,
    peers,
    read,
    reconcile,
    serialize,
    server,
    show,
    start,
    verify,
    verifyset,
    write,
)
from benchmarks.result import Result
from benchmarks.sizes import SIZES, Size

GROUPS: dict[str, Callable[[Size], Iterator[Result]]] = {
    "start": start.run,
    "embedded": embedded.run,
    "serialize": serialize.run,
    "write": write.run,
    "read": read.run,
    "memory": memory.run,
    "objects": objects.run,
    "reconcile": reconcile.run,
    "differences": differences.run,
    "estate": estate.run,
    "ci": classify.run,
    "verify": verify.run,
    "verify-set": verifyset.run,
    "backup": backup.run,
    "server": server.run,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="ci")
    parser.add_argument("--only", choices=GROUPS, action="append", help="may be given repeatedly")
    parser.add_argument("--markdown", action="store_true", help="print the table for a document")
    asked = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 150)
    results: list[Result] = []
    with console.status("…") as status:
        for name in asked.only or GROUPS:
            status.update(name)
            results += GROUPS[name](SIZES[asked.size])
    if asked.markdown:
        print(show.markdown(results))
    else:
        console.print(show.table(results))
    if not peers.HAS_SLUICEBOX:
        console.print("sluicebox is not installed and was left out: `make bench` installs it.")
    return 0 if all(found.met for found in results) else 1


if __name__ == "__main__":
    sys.exit(main())
