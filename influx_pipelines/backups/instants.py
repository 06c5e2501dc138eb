"""Times of manifests: RFC 3339 with up to nine decimals, which a datetime cannot hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

SECOND = 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)


def nanoseconds(text: str) -> int:
    """A time as nanoseconds since 1970, exact.

    Raises:
        ValueError: it is none.
    """
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time of RFC 3339")
    whole = datetime.fromisoformat(found[1] + found[3].replace("Z", "+00:00"))
    past = whole - _EPOCH
    return (past.days * 86_400 + past.seconds) * SECOND + int((found[2] or "").ljust(9, "0"))


def instant(time: int) -> datetime:
    """Nanoseconds since 1970 as a time in UTC, cut to microseconds."""
    return _EPOCH + timedelta(microseconds=time // 1000)
