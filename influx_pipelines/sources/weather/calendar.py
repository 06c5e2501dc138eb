"""Days in UTC, as the services and the partitions count them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)


def midnight(day: date) -> datetime:
    """The begin of a day."""
    return datetime.combine(day, time(), UTC)
