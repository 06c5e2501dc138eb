"""The tables of the alert store.

    check ─< series ─< status
                    └< incident ─< notice ─< delivery          silence, watermark

A series is one check on one set of tags. Whatever is true of a series as a whole (its tags, its
newest status) stands there once, so that a million statuses are filtered by a few thousand rows.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from influx_pipelines.alerts.instants import Instant, from_nanoseconds

# SQLite gives numbers by itself to INTEGER alone.
Number = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """All tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - read once by SQLAlchemy
        datetime: Instant,
        dict[str, Any]: JSON,
        list[str]: JSON,
    }


class AlertCheck(Base):
    """What is known of a check; the names of its columns are learned from `_monitoring`.

    `ran_at` is when the server last ran it, as far as it was asked.
    """

    __tablename__ = "alert_check"

    organisation: Mapped[str] = mapped_column(String(250), primary_key=True)
    check_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    every_seconds: Mapped[int | None]
    tag_names: Mapped[list[str] | None]
    float_fields: Mapped[list[str] | None]
    text_fields: Mapped[list[str] | None]
    ran_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]


class AlertSeries(Base):
    """One check on one set of tags, with its newest status."""

    __tablename__ = "alert_series"
    __table_args__ = (
        UniqueConstraint("organisation", "check_id", "series_key"),
        Index(None, "organisation", "newest_time", "newest_id"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    organisation: Mapped[str] = mapped_column(String(250))
    check_id: Mapped[str] = mapped_column(String(64))
    series_key: Mapped[str] = mapped_column(String(32))
    check_name: Mapped[str] = mapped_column(Text)
    check_type: Mapped[str] = mapped_column(Text)
    source_measurement: Mapped[str] = mapped_column(Text)
    tags: Mapped[dict[str, Any]]
    guessed: Mapped[bool]
    # The newest status; times are nanoseconds.
    level: Mapped[str] = mapped_column(String(8))
    newest_id: Mapped[int | None] = mapped_column(Number)
    newest_time: Mapped[int] = mapped_column(BigInteger)
    newest_source: Mapped[int] = mapped_column(BigInteger)


class AlertTag(Base):
    """Tags of the series, to find these by; names and values are cut at 250 characters."""

    __tablename__ = "alert_tag"
    __table_args__ = (Index(None, "name", "value", "series_id"),)

    series_id: Mapped[int] = mapped_column(
        ForeignKey("alert_series.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(250), primary_key=True)
    value: Mapped[str] = mapped_column(String(250))


class AlertStatus(Base):
    """One status of a series: unique by level and **status** time.

    The source time is not enough: a deadman goes from ok to crit on the same one.
    """

    __tablename__ = "alert_status"
    __table_args__ = (
        UniqueConstraint("series_id", "level", "status_time"),
        # The ways of `listing`, each in the order of the pages.
        Index(None, "status_time", "id"),
        Index(None, "level", "status_time", "id"),
        Index(None, "check_id", "level", "status_time", "id"),
        Index(None, "series_id", "status_time", "id"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("alert_series.id", ondelete="CASCADE"))
    check_id: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(8))
    status_time: Mapped[int] = mapped_column(BigInteger)
    source_time: Mapped[int | None] = mapped_column(BigInteger)
    message: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]]
    raw: Mapped[dict[str, Any]]
    origin: Mapped[str] = mapped_column(String(16))
    first_seen_at: Mapped[datetime]

    series: Mapped[AlertSeries] = relationship()

    @property
    def time(self) -> datetime:
        """The status time."""
        return from_nanoseconds(self.status_time)


class Incident(Base):
    """What is wrong with one series, from the first bad status to the end.

    `state` is open, acknowledged or resolved; `resolution` says how it ended: recovered, vanished
    (no status any more), by hand, or merged (a late status joined it to an earlier incident).
    """

    __tablename__ = "alert_incident"
    __table_args__ = (
        # However many write: one unresolved incident a series.
        Index(
            "uq_alert_incident_unresolved",
            "series_id",
            unique=True,
            sqlite_where=text("state <> 'resolved'"),
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index(None, "series_id", "opened_at"),
        Index(None, "state", "next_repeat_at"),
        Index(None, "opened_at"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("alert_series.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(8))
    peak_level: Mapped[str] = mapped_column(String(8))
    message: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str] = mapped_column(String(16), default="")
    statuses: Mapped[int] = mapped_column(default=0)
    changes: Mapped[int] = mapped_column(default=0)
    reopened: Mapped[int] = mapped_column(default=0)
    repeats: Mapped[int] = mapped_column(default=0)
    next_repeat_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str] = mapped_column(Text, default="")

    series: Mapped[AlertSeries] = relationship()
    notices: Mapped[list[Notice]] = relationship(back_populates="incident", passive_deletes=True)


class Notice(Base):
    """Something to tell of an incident: opened, changed, repeat or resolved, and the how manieth.

    `state` is waiting (until `due_at`), routed (it has its deliveries) or dropped (`reason`).
    """

    __tablename__ = "alert_notice"
    __table_args__ = (
        UniqueConstraint("incident_id", "kind", "number"),
        Index(None, "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("alert_incident.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    level: Mapped[str] = mapped_column(String(8))
    message: Mapped[str] = mapped_column(Text)
    happened_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text, default="")

    incident: Mapped[Incident] = relationship(back_populates="notices")


class Delivery(Base):
    """One notice over one channel.

    `state` is pending, failed (tried, to be tried again at `next_try_at`), sent, or dead (given
    up); it ended when `next_try_at` is None. A worker holds it from `leased_by` until
    `leased_until`. `outcome` holds no address.
    """

    __tablename__ = "alert_delivery"
    __table_args__ = (
        UniqueConstraint("notice_id", "channel"),
        UniqueConstraint("delivery_id"),
        # What is due, in its order; and what of the same incident goes before.
        Index(None, "next_try_at", "id"),
        Index(None, "incident_id", "channel", "notice_id"),
        Index(None, "state", "created_at"),
    )

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("alert_incident.id", ondelete="CASCADE"))
    notice_id: Mapped[int] = mapped_column(ForeignKey("alert_notice.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(250))
    delivery_id: Mapped[str] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    leased_by: Mapped[str] = mapped_column(String(64), default="")
    leased_until: Mapped[datetime | None]

    notice: Mapped[Notice] = relationship()


class Silence(Base):
    """Nothing is sent of the series that match, from one time to another."""

    __tablename__ = "alert_silence"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    matchers: Mapped[dict[str, Any]]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(Text)
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Watermark(Base):
    """Up to which time a bucket was read."""

    __tablename__ = "alert_watermark"

    organisation: Mapped[str] = mapped_column(String(250), primary_key=True)
    road: Mapped[str] = mapped_column(String(16), primary_key=True)
    read_until: Mapped[datetime]
