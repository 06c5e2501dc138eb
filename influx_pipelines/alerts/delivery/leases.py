"""Deliveries are claimed one by one, by any number of workers, and never by two at a time.

A claim is committed before anything is sent. A worker that is killed leaves one claim behind: when
its lease is over, that one message is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from influx_pipelines.alerts.delivery.backoff import wait
from influx_pipelines.alerts.delivery.outcome import Outcome
from influx_pipelines.alerts.models import Delivery

# Longer than any send takes.
LEASE = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Terms:
    """Who claims, for how long, and when a message is given up."""

    worker: str
    give_up_after: timedelta
    lease: timedelta = LEASE


def claim(session: Session, terms: Terms, now: datetime) -> Delivery | None:
    """The delivery that is due for longest, held for this worker; None when none is due.

    What is told of one incident over one channel goes out in its order.
    """
    query = select(Delivery).where(*is_due(now)).order_by(Delivery.next_try_at, Delivery.id)
    found = session.scalars(query.limit(1).with_for_update(skip_locked=True)).first()
    if found is not None:
        found.attempts += 1
        found.leased_by, found.leased_until = terms.worker, now + terms.lease
        # What the message is made of, by primary keys: a join would read whole tables.
        _ = found.notice.incident.series
    return found


def is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions of deliveries that a worker may claim now."""
    before = aliased(Delivery)
    is_behind = exists().where(
        before.incident_id == Delivery.incident_id,
        before.channel == Delivery.channel,
        before.notice_id < Delivery.notice_id,
        before.next_try_at.is_not(None),
    )
    free = or_(Delivery.leased_until.is_(None), Delivery.leased_until <= now)
    return Delivery.next_try_at <= now, free, ~is_behind


def finish(
    session: Session, delivery: Delivery, outcome: Outcome, terms: Terms, now: datetime
) -> str:
    """Write down what came of a claimed delivery; returns its state.

    A channel that does not answer rests as a whole until the next try; one that answers again is
    waited for no longer.
    """
    next_try = now + wait(outcome, delivery.attempts)
    state = _state(delivery, outcome, terms, now)
    over = state in ("sent", "dead")
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.leased_by == terms.worker)
        .values(
            state=state,
            outcome=outcome.text,
            next_try_at=None if over else next_try,
            ended_at=now if over else None,
            leased_by="",
            leased_until=None,
        )
    )
    if outcome.sent and delivery.attempts > 1:
        _move(session, delivery.channel, Delivery.next_try_at > now, now)
    if not outcome.sent and not outcome.refused:
        _move(session, delivery.channel, Delivery.next_try_at < next_try, next_try)
    return state


def revive(session: Session, now: datetime) -> int:
    """Give every dead letter a new life, as if it were new; returns how many there were."""
    dead = update(Delivery).where(Delivery.state == "dead").returning(Delivery.id)
    new = {"state": "pending", "attempts": 0, "created_at": now, "next_try_at": now}
    return len(session.execute(dead.values(**new, ended_at=None)).all())


def _state(delivery: Delivery, outcome: Outcome, terms: Terms, now: datetime) -> str:
    if outcome.sent:
        return "sent"
    given_up = outcome.refused or now - delivery.created_at >= terms.give_up_after
    return "dead" if given_up else "failed"


def _move(session: Session, channel: str, those: ColumnElement[bool], to: datetime) -> None:
    """Set the next try of what waits for a channel; what a worker holds just now stays."""
    waiting = select(Delivery.id).where(
        Delivery.channel == channel,
        Delivery.leased_until.is_(None),
        those,
    )
    ids = waiting.with_for_update(skip_locked=True)
    session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(next_try_at=to))
