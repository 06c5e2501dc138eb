"""How far long work has come, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A part of the work that is done.

    Attributes:
        what: a few words: `shard 17 of telemetry`.
        done: how many parts are done.
        total: how many there are; 0 when nobody knows.
        bytes: what the part moved or read.
    """

    what: str
    done: int
    total: int
    bytes: int = 0


Progress = Callable[[Step], None]


def silent(step: Step) -> None:
    """Shows nothing."""
