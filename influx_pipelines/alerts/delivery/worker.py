"""A worker: routes what is to be told, and sends what is due. Any number may be at work."""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import tenacity
from sqlalchemy.exc import OperationalError

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.delivery.config import AlertsConfig
from influx_pipelines.alerts.delivery.leases import LEASE, Terms, claim, finish
from influx_pipelines.alerts.delivery.message import message_of
from influx_pipelines.alerts.delivery.outcome import Outcome
from influx_pipelines.alerts.delivery.routing import channels_of, interval, policy_of
from influx_pipelines.alerts.delivery.send import send
from influx_pipelines.alerts.instants import utc_now
from influx_pipelines.alerts.models import Delivery
from influx_pipelines.alerts.notices import route_due
from influx_pipelines.alerts.repeating import queue_repeats

log = logging.getLogger(__name__)

# A message that was sent is not sent again because the database was away for a moment.
_patiently = tenacity.retry(
    retry=tenacity.retry_if_exception_type(OperationalError),
    wait=tenacity.wait_exponential(multiplier=0.2, max=5.0),
    stop=tenacity.stop_after_delay(LEASE / 3),
    reraise=True,
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """How many messages were sent, failed and will be tried again, and are dead letters now."""

    sent: int = 0
    failed: int = 0
    dead: int = 0


def deliver_due(
    database: Database,
    config: AlertsConfig,
    *,
    secret_command: str = "",
    clock: Callable[[], datetime] = utc_now,
    lease: timedelta = LEASE,
    longest: timedelta = timedelta(minutes=10),
    stopping: Callable[[], bool] | None = None,
) -> Delivered:
    """Send all messages that are due, at least once each; without a crash, once.

    Args:
        database: the alert store.
        config: channels, routes, policy, texts.
        secret_command: the command that prints the value of a secret.
        clock: the time, for tests.
        lease: after this time what a killed worker held is sent by another one.
        longest: what is due after this time waits for the next call.
        stopping: asked before each message whether to end.

    Raises:
        sqlalchemy.exc.DBAPIError: the database is down; what was being sent may be sent again.
    """
    terms = Terms(_name(), interval(config.give_up_after) or timedelta.max, lease)
    stop = clock() + longest
    route(database, config, clock())
    counts: Counter[str] = Counter()
    while clock() < stop and not (stopping and stopping()):
        with database.session() as session:
            session.connection()  # a lease begins when the database is ours, not before
            delivery = claim(session, terms, clock())
        if delivery is None:
            break
        outcome = _send(delivery, config, secret_command)
        state = _finish(database, delivery, outcome, terms, clock())
        _tell(delivery, outcome, state)
        counts[state] += 1
    return Delivered(counts["sent"], counts["failed"], counts["dead"])


def route(database: Database, config: AlertsConfig, now: datetime) -> None:
    """Queue the repeats that are due, and give all that is to be told to its channels."""
    policy, to = policy_of(config), partial(channels_of, config)
    queued = 1
    while queued:
        with database.session() as session:
            queued = queue_repeats(session, policy, now)
    routed = 1
    while routed:
        with database.session() as session:
            routed = sum(astuple(route_due(session, policy, to, now)))


def _send(delivery: Delivery, config: AlertsConfig, secret_command: str) -> Outcome:
    channel = config.channel(delivery.channel)
    if channel is None:
        text = f"there is no channel {delivery.channel} in alerts.yaml any more"
        return Outcome(False, text, refused=True)
    return send(channel, message_of(delivery, config.texts), secret_command)


@_patiently
def _finish(
    database: Database, delivery: Delivery, outcome: Outcome, terms: Terms, now: datetime
) -> str:
    with database.session() as session:
        return finish(session, delivery, outcome, terms, now)


def _tell(delivery: Delivery, outcome: Outcome, state: str) -> None:
    level = logging.INFO if outcome.sent else logging.WARNING
    text = "delivery %s over %s: %s, %s (try %d)"
    log.log(
        level,
        text,
        delivery.delivery_id,
        delivery.channel,
        state,
        outcome.text,
        delivery.attempts,
    )


def _name() -> str:
    """Of one call on one machine: it fits into 64 characters."""
    return f"{socket.gethostname()[:20]}-{os.getpid()}-{uuid4().hex[:12]}"
