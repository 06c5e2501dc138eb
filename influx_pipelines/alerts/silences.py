"""Silences: series of which nothing is sent for a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from influx_pipelines.alerts.instants import utc_now
from influx_pipelines.alerts.matching import Matchers
from influx_pipelines.alerts.models import Silence
from influx_pipelines.alerts.policy import Silenced


class BadSilence(ValueError):
    """A silence that would silence everything, or nothing; the message says what to give."""


def add_silence(
    session: Session,
    matchers: Matchers,
    *,
    ends_at: datetime,
    reason: str,
    by: str,
    starts_at: datetime | None = None,
) -> Silence:
    """Silence the series whose tags (or `check`, `level`) fit the patterns.

    Raises:
        BadSilence: no matcher, or it ends before it starts.
    """
    now = utc_now()
    starts_at = starts_at or now
    if not matchers:
        raise BadSilence("at least one matcher is needed, such as cluster=idf")
    if ends_at <= starts_at:
        raise BadSilence("it ends before it starts")
    silence = Silence(
        matchers=dict(matchers),
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        created_by=by,
        created_at=now,
    )
    session.add(silence)
    session.flush()
    return silence


def end_silence(session: Session, silence_id: int, now: datetime | None = None) -> bool:
    """End a silence early; False when there is none of that number that still lasts."""
    now = now or utc_now()
    silence = session.get(Silence, silence_id)
    if silence is None or silence.ends_at <= now:
        return False
    silence.ends_at = now
    return True


def active_silences(session: Session, now: datetime) -> list[Silenced]:
    """The silences of a time; the one that ends last counts first."""
    query = select(Silence).where(Silence.starts_at <= now, Silence.ends_at > now)
    rows = session.scalars(query.order_by(Silence.ends_at.desc()))
    return [Silenced(row.id, row.matchers, row.ends_at) for row in rows]


def lasting_silences(session: Session, now: datetime) -> Sequence[Silence]:
    """The silences that are not over, those to come too."""
    query = select(Silence).where(Silence.ends_at > now)
    return session.scalars(query.order_by(Silence.starts_at)).all()
