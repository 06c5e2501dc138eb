"""The levels of a status, and which is worse."""

from __future__ import annotations

from typing import Literal, get_args

Level = Literal["ok", "info", "unknown", "warn", "crit"]
LEVELS: tuple[Level, ...] = get_args(Level)
RANK: dict[str, int] = {level: rank for rank, level in enumerate(LEVELS)}


def is_bad(level: str) -> bool:
    """Whether a status of this level makes or keeps an incident."""
    return level != "ok"


def worse(one: str, other: str) -> str:
    """The worse one of two levels."""
    return max(one, other, key=RANK.__getitem__)
