"""How much of everything is measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Rounds, seconds that a turn lasts at least, and numbers of things.

    Memory is always measured on enough rows that it would show if it grew with them; what peers
    take there needs minutes and a gibibyte, so that it is measured on request only.
    """

    rounds: int
    turn: float
    rows: int  # of a frame that is written, of an answer that is read
    memory_rows: int
    memory_of_peers: bool
    objects: int  # created one by one and by ours, of three kinds
    known: int  # buckets that are there already and stay as they are
    server_rows: int  # written to a server that keeps them
    buckets: int  # created on such a server, with their mappings
    points: int  # of the embedded server


SIZES = {
    "ci": Size(3, 0.2, 100_000, 1_000_000, False, 300, 1_000, 30_000, 100, 200_000),
    "full": Size(5, 0.2, 1_000_000, 1_000_000, True, 3_000, 1_000, 300_000, 1_000, 1_000_000),
}
SMALLEST = Size(1, 0.0, 200, 20_000, False, 6, 20, 500, 3, 2_000)
