"""Times in the database: microseconds since 1970 as an integer, the same on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A column of aware datetimes; SQLite would forget their zone, and compares integers faster."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From microseconds, in UTC."""
        return None if value is None else EPOCH + value * MICROSECOND


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def from_nanoseconds(value: int) -> datetime:
    """A time of InfluxDB, cut to microseconds."""
    return EPOCH + value // 1000 * MICROSECOND


def to_nanoseconds(value: datetime) -> int:
    """A time as InfluxDB counts it."""
    return (value - EPOCH) // MICROSECOND * 1000
