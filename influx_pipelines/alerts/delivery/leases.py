"""Deliveries are claimed one by one, by any number of workers, and never by two at a time.

A claim is committed before anything is sent. A worker that is killed leaves one claim behind: when
its lease is over, that one message is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session, aliased, joinedload

from influx_pipelines.alerts.delivery.backoff import wait
from influx_pipelines.alerts.delivery.outcome import Outcome
from influx_pipelines.alerts.models import Delivery, Incident, Notice

# Longer than any send takes.
LEASE = timedelta(minutes=3)
UNDELIVERED = ("pending", "failed")


@dataclass(frozen=True, slots=True)
class Terms:
    """Who claims, for how long, and when a message is given up."""

    worker: str
    give_up_after: timedelta
    lease: timedelta = LEASE


def is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions of deliveries, joined with their notices, that a worker may claim now."""
    return (
        Delivery.state.in_(UNDELIVERED),
        Delivery.next_try_at <= now,
        or_(Delivery.leased_until.is_(None), Delivery.leased_until <= now),
        ~_is_behind(),
    )


def claim(session: Session, terms: Terms, now: datetime) -> Delivery | None:
    """The delivery that is due for longest, held for this worker; None when none is due.

    What is told of one incident over one channel goes out in its order.
    """
    query = (
        select(Delivery)
        .join(Delivery.notice)
        .where(*is_due(now))
        .order_by(Delivery.next_try_at, Delivery.id)
        .limit(1)
        .options(
            joinedload(Delivery.notice, innerjoin=True)
            .joinedload(Notice.incident, innerjoin=True)
            .joinedload(Incident.series, innerjoin=True)
        )
        .with_for_update(of=Delivery, skip_locked=True)
    )
    found = session.scalars(query).first()
    if found is not None:
        found.attempts += 1
        found.leased_by, found.leased_until = terms.worker, now + terms.lease
    return found


def finish(
    session: Session, delivery: Delivery, outcome: Outcome, terms: Terms, now: datetime
) -> str:
    """Write down what came of a claimed delivery; returns its state.

    A channel that does not answer rests as a whole until the next try; one that answers again is
    waited for no longer.
    """
    state, next_try = _next(delivery, outcome, terms, now)
    ours = (Delivery.id == delivery.id, Delivery.leased_by == terms.worker)
    session.execute(
        update(Delivery)
        .where(*ours)
        .values(
            state=state,
            outcome=outcome.text,
            next_try_at=next_try,
            sent_at=now if outcome.sent else None,
            leased_by="",
            leased_until=None,
        )
    )
    if outcome.sent and delivery.attempts > 1:
        _move(session, delivery.channel, Delivery.next_try_at > now, now)
    if not outcome.sent and not outcome.refused:
        rests_until = now + wait(outcome, delivery.attempts) if state == "dead" else next_try
        _move(session, delivery.channel, Delivery.next_try_at < rests_until, rests_until)
    return state


def revive(session: Session, now: datetime) -> int:
    """Give every dead letter a new life, as if it were new; returns how many there were."""
    dead = update(Delivery).where(Delivery.state == "dead").returning(Delivery.id)
    values = {"state": "pending", "attempts": 0, "next_try_at": now, "created_at": now}
    return len(session.execute(dead.values(values)).all())


def _next(
    delivery: Delivery, outcome: Outcome, terms: Terms, now: datetime
) -> tuple[str, datetime]:
    """The state, and the time of the next try; of a letter that is dead, the time of its death."""
    if outcome.sent:
        return "sent", now
    if outcome.refused or now - delivery.created_at >= terms.give_up_after:
        return "dead", now
    return "failed", now + wait(outcome, delivery.attempts)


def _is_behind() -> ColumnElement[bool]:
    """Something of the same incident is still to be sent over the same channel before."""
    before, its_notice = aliased(Delivery), aliased(Notice)
    return exists().where(
        its_notice.incident_id == Notice.incident_id,
        its_notice.id < Notice.id,
        before.notice_id == its_notice.id,
        before.channel == Delivery.channel,
        before.state.in_(UNDELIVERED),
    )


def _move(session: Session, channel: str, those: ColumnElement[bool], to: datetime) -> None:
    """Set the next try of what waits for a channel; what a worker holds just now stays."""
    waiting = select(Delivery.id).where(
        Delivery.channel == channel,
        Delivery.state.in_(UNDELIVERED),
        Delivery.leased_until.is_(None),
        those,
    )
    ids = waiting.with_for_update(skip_locked=True)
    session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(next_try_at=to))
