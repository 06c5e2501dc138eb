"""Whether a text is a cron expression of InfluxDB: five fields, or with seconds, and years."""

from __future__ import annotations

import re
from typing import NamedTuple

WORDS = ("yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly")
_SHORTCUT = re.compile(rf"@({'|'.join(WORDS)}|every_minute|every_second|every (\d+[a-zµ]+)+)")
_DAYS = "sun mon tue wed thu fri sat".split()
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31, tuple(_DAYS)),  # the server takes these names, too
    _Field("month", 1, 12, tuple(_MONTHS)),
    _Field("day of the week", 0, 7, tuple(_DAYS)),
    _Field("year", 1970, 2099),
)


def check_cron(text: str) -> None:
    """Look at an expression as the server would.

    Raises:
        ValueError: it is none.
    """
    text = text.strip()
    if text.startswith("@"):
        if not _SHORTCUT.fullmatch(text):
            words = ", ".join(f"@{word}" for word in WORDS)
            raise ValueError(f"cron {text!r} is none of {words}, @every 90m")
        return
    parts = text.split()
    if not 5 <= len(parts) <= len(_FIELDS):
        raise ValueError(f"cron {text!r} has not five or six fields")
    for field, part in zip(_FIELDS[len(parts) == 5 :], parts, strict=False):
        for item in part.split(","):
            _check(field, item)


def _check(field: _Field, item: str) -> None:
    """`*`, a value or a range of them, and a step."""
    value = "|".join([r"\d+", *field.names])
    found = re.fullmatch(rf"(?:\*|({value})(?:-({value}))?)(?:/\d+)?", item, re.IGNORECASE)
    numbers = [int(one) for one in found.groups() if one and one.isdigit()] if found else []
    if found is None or not all(field.low <= one <= field.high for one in numbers):
        raise ValueError(
            f"cron: {item!r} is no {field.name}: write {field.low} to {field.high}, *, or */5"
        )
