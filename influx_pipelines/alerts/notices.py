"""From what is to be told to deliveries: each notice judged, and given to its channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from influx_pipelines.alerts.inserting import insert_new, only_one
from influx_pipelines.alerts.matching import Facts, facts_of
from influx_pipelines.alerts.models import Delivery, Incident, Notice
from influx_pipelines.alerts.policy import Policy, Question, Verdict, judge
from influx_pipelines.alerts.silences import active_silences

AT_ONCE = 500
ROUTING_LOCK = 7_164_928_302

ChannelsOf = Callable[[Facts], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Routed:
    """How many notices were given to channels, held back, and dropped."""

    routed: int = 0
    held: int = 0
    dropped: int = 0


def route_due(session: Session, policy: Policy, channels_of: ChannelsOf, now: datetime) -> Routed:
    """Judge the notices that are due, and queue one delivery a channel for those to be sent.

    Call it until nothing is routed: it takes 500 at once. One router works at a time, so that the
    end of an incident is not judged before its beginning.

    Args:
        session: a transaction of `Database.session`.
        policy: what is told.
        channels_of: names of channels by the facts of an incident (`matching.facts_of`).
        now: the time.
    """
    only_one(session, ROUTING_LOCK)
    silences = active_silences(session, now)
    counts = {"send": 0, "hold": 0, "drop": 0}
    for notice in _due(session, now):
        question = _question(session, notice)
        verdict = judge(question, policy, silences, now)
        channels = _channels(session, notice, channels_of(question.facts))
        if verdict.action == "send" and not channels:
            verdict = Verdict("drop", "no channel")
        _obey(session, notice, verdict, channels, now)
        counts[verdict.action] += 1
    return Routed(counts["send"], counts["hold"], counts["drop"])


def waiting(session: Session, now: datetime) -> int:
    """How many notices are due and not yet routed."""
    query = select(func.count()).where(Notice.state == "waiting", Notice.due_at <= now)
    return session.scalar(query) or 0


def _due(session: Session, now: datetime) -> Sequence[Notice]:
    query = (
        select(Notice)
        .where(Notice.state == "waiting", Notice.due_at <= now)
        .order_by(Notice.due_at, Notice.id)
        .limit(AT_ONCE)
        .options(joinedload(Notice.incident).joinedload(Incident.series))
    )
    return session.scalars(query).all()


def _question(session: Session, notice: Notice) -> Question:
    incident = notice.incident
    told = exists().where(Notice.incident_id == incident.id, Notice.state == "routed")
    level = incident.level if notice.kind == "resolved" else notice.level
    return Question(
        kind=notice.kind,
        facts=facts_of(incident.series, level),
        opened_at=incident.opened_at,
        over=incident.state == "resolved",
        acknowledged=incident.state == "acknowledged",
        told=bool(session.scalar(select(told))),
        held=bool(notice.reason),
    )


def _channels(session: Session, notice: Notice, routed: Sequence[str]) -> list[str]:
    """Whoever was told that it began is told that it is over, and nobody else."""
    if notice.kind == "resolved":
        told = select(Delivery.channel).where(Delivery.incident_id == notice.incident_id)
        routed = session.scalars(told.order_by(Delivery.id)).all()
    return list(dict.fromkeys(routed))


def _obey(
    session: Session, notice: Notice, verdict: Verdict, channels: Sequence[str], now: datetime
) -> None:
    notice.reason = verdict.reason
    if verdict.action == "hold" and verdict.until:
        notice.due_at = verdict.until
        return
    notice.state = "routed" if verdict.action == "send" else "dropped"
    session.flush()
    if verdict.action == "send":
        insert_new(session, Delivery, [_delivery(notice, name, now) for name in channels])


def _delivery(notice: Notice, channel: str, now: datetime) -> dict[str, object]:
    return {
        "incident_id": notice.incident_id,
        "notice_id": notice.id,
        "channel": channel,
        "delivery_id": str(uuid4()),
        "state": "pending",
        "attempts": 0,
        "outcome": "",
        "created_at": now,
        "next_try_at": now,
        "ended_at": None,
        "leased_by": "",
        "leased_until": None,
    }
