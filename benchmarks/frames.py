"""Frames to write: what a good week of metrics looks like, and what is hard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

FIRST = np.datetime64("2026-01-01", "ns")
STEP = np.timedelta64(137, "ms")
HOSTS = np.array([*(f"host-{n:03d}" for n in range(99)), "ho st,3=x"])
REGIONS = np.array(["eu-west", "us east", "ap=south", "sa,east"])
TEXTS = np.array(["ok", 'say "hi"', "back\\slash", "plain text value", "x" * 20])


@dataclass(frozen=True)
class Frame:
    """A frame with the time as its index, and which of its columns are tags."""

    data: pd.DataFrame
    tags: list[str]

    def head(self, rows: int) -> Frame:
        return Frame(self.data.iloc[:rows], self.tags)


def wide(rows: int) -> Frame:
    """Two tags (400 series, some need escapes), three floats (one has gaps), an int, a text."""
    random = np.random.default_rng(1)
    humidity = random.normal(60, 9, rows)
    humidity[random.random(rows) < 0.1] = np.nan
    columns = {
        "host": random.choice(HOSTS, rows),
        "region": random.choice(REGIONS, rows),
        "temperature": random.normal(20, 5, rows),
        "humidity": humidity,
        "pressure": random.normal(1013, 3, rows).round(2),
        "count": random.integers(0, 10**6, rows),
        "message": random.choice(TEXTS, rows),
    }
    return _frame(columns, ["host", "region"])


def narrow(rows: int) -> Frame:
    """A tag and a float."""
    random = np.random.default_rng(2)
    columns = {"host": random.choice(HOSTS, rows), "value": random.normal(20, 5, rows)}
    return _frame(columns, ["host"])


def unique(rows: int) -> Frame:
    """A tag and a text that differ in every row: nothing can be escaped once for all."""
    random = np.random.default_rng(3)
    columns = {
        "id": np.char.add("id ", random.permutation(rows).astype("U8")),
        "value": random.normal(20, 5, rows),
        "text": np.char.add('line "', random.permutation(rows).astype("U8")),
    }
    return _frame(columns, ["id"])


FRAMES: dict[str, Callable[[int], Frame]] = {"wide": wide, "narrow": narrow, "unique": unique}


def _frame(columns: dict[str, np.ndarray], tags: list[str]) -> Frame:
    import pandas as pd

    rows = len(next(iter(columns.values())))
    index = pd.DatetimeIndex(FIRST + np.arange(rows) * STEP, name="time")
    return Frame(pd.DataFrame(columns, index=index), tags)
