"""How deliveries stand: by channel, and the newest ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from influx_pipelines.alerts.delivery.leases import is_due as delivery_is_due
from influx_pipelines.alerts.models import Delivery, Incident, Notice
from influx_pipelines.alerts.repeating import is_due as repeat_is_due


@dataclass(frozen=True, slots=True)
class Late:
    """What a channel did not get; `outcome` is that of the newest try."""

    channel: str
    state: str
    count: int
    since: datetime
    outcome: str


def late(
    session: Session,
    channels: Sequence[str],
    now: datetime,
    *,
    longest: timedelta,
    remembered: timedelta,
) -> list[Late]:
    """What is undelivered for longer than a time, and dead letters not older than another one.

    Of these channels only: nobody waits for what one that was taken away did not get.
    """
    waits = Delivery.next_try_at.is_not(None) & (Delivery.created_at < now - longest)
    died = (Delivery.state == "dead") & (Delivery.ended_at > now - remembered)
    query = (
        select(
            Delivery.channel,
            Delivery.state,
            func.count(),
            func.min(Delivery.created_at),
            func.max(Delivery.id),
        )
        .where(Delivery.channel.in_(channels), or_(waits, died))
        .group_by(Delivery.channel, Delivery.state)
        .order_by(Delivery.channel, Delivery.state)
    )
    found = session.execute(query).all()
    newest = select(Delivery.id, Delivery.outcome).where(
        Delivery.id.in_([row[-1] for row in found])
    )
    outcomes = {row.id: row.outcome for row in session.execute(newest)}
    return [
        Late(channel, state, count, since, outcomes[last])
        for channel, state, count, since, last in found
    ]


def unrouted(session: Session, before: datetime) -> int:
    """How many notices were due before a time, and no worker looked at them yet."""
    query = select(func.count()).where(Notice.state == "waiting", Notice.due_at < before)
    return session.scalar(query) or 0


def counts(session: Session) -> dict[str, int]:
    """Deliveries by state."""
    query = select(Delivery.state, func.count()).group_by(Delivery.state)
    return {row[0]: row[1] for row in session.execute(query)}


def newest(session: Session, limit: int) -> Sequence[Delivery]:
    """The newest deliveries with their notice, incident and series."""
    query = (
        select(Delivery)
        .order_by(Delivery.id.desc())
        .limit(limit)
        .options(
            joinedload(Delivery.notice, innerjoin=True)
            .joinedload(Notice.incident, innerjoin=True)
            .joinedload(Incident.series, innerjoin=True)
        )
    )
    return session.scalars(query).all()


def is_due(session: Session, now: datetime) -> bool:
    """Whether a worker would find something to do."""
    waits = select(Notice.id).where(Notice.state == "waiting", Notice.due_at <= now)
    tries = select(Delivery.id).where(*delivery_is_due(now))
    repeats = select(Incident.id).where(*repeat_is_due(now))
    return any(session.scalar(query.limit(1)) is not None for query in (waits, tries, repeats))
