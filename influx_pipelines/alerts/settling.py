"""Series that were guessed from a webhook, put right once the check's tags are known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from influx_pipelines.alerts.incidents import tell
from influx_pipelines.alerts.instants import from_nanoseconds
from influx_pipelines.alerts.knowledge import Columns, known_columns
from influx_pipelines.alerts.levels import RANK
from influx_pipelines.alerts.models import AlertSeries, AlertStatus, AlertTag, Incident
from influx_pipelines.alerts.replay import replay
from influx_pipelines.alerts.statuses import series_key


def settle(session: Session, organisation: str, now: datetime) -> int:
    """Give guessed series their real tags, or their statuses to the real series; returns how many.

    A text that is a field was taken for a tag, so that each of its values made a series.
    """
    known = known_columns(session, organisation)
    query = (
        select(AlertSeries)
        .where(AlertSeries.organisation == organisation, AlertSeries.guessed.is_(True))
        .where(AlertSeries.check_id.in_(known.columns))
        .order_by(AlertSeries.id)
        .with_for_update(key_share=True)
    )
    guessed = session.scalars(query).all()
    return sum(_settle(session, series, known.columns[series.check_id], now) for series in guessed)


def _settle(session: Session, guess: AlertSeries, columns: Columns, now: datetime) -> bool:
    """False: it is too early, a column was not read yet."""
    if not columns.tags | columns.texts >= guess.tags.keys():
        return False
    tags = {name: value for name, value in guess.tags.items() if name in columns.tags}
    texts = {name: value for name, value in guess.tags.items() if name not in columns.tags}
    if not texts:
        guess.guessed = False
        return True
    _move_texts(session, guess.id, texts)
    key = series_key(guess.source_measurement, tags)
    real = session.scalars(
        select(AlertSeries)
        .where(AlertSeries.organisation == guess.organisation)
        .where(AlertSeries.check_id == guess.check_id, AlertSeries.series_key == key)
        .with_for_update(key_share=True)
    ).first()
    if real is None:
        guess.series_key, guess.tags, guess.guessed = key, tags, False
        session.execute(
            delete(AlertTag).where(AlertTag.series_id == guess.id, AlertTag.name.in_(texts))
        )
        session.flush()
    else:
        _merge(session, guess, real, now)
    return True


def _move_texts(session: Session, series_id: int, texts: Mapping[str, str]) -> None:
    query = select(AlertStatus).where(AlertStatus.series_id == series_id)
    for status in session.scalars(query):
        status.fields = {**status.fields, **texts}
    session.flush()


def _merge(session: Session, guess: AlertSeries, real: AlertSeries, now: datetime) -> None:
    """Statuses and incidents of the guess become the real series'; what both have stays once."""
    query = select(AlertStatus.level, AlertStatus.status_time)
    known = set(session.execute(query.where(AlertStatus.series_id == real.id)).tuples())
    moved = session.scalars(
        select(AlertStatus)
        .where(AlertStatus.series_id == guess.id)
        .order_by(AlertStatus.status_time)
    ).all()
    for status in moved:
        if (status.level, status.status_time) not in known:
            status.series_id = real.id
    session.flush()
    session.execute(
        update(Incident)
        .where(Incident.series_id == guess.id)
        .values(series_id=real.id, state="resolved", next_repeat_at=None)
    )
    if _newest(guess) > _newest(real):
        for name in ("level", "newest_id", "newest_time", "newest_source"):
            setattr(real, name, getattr(guess, name))
    session.delete(guess)
    session.flush()
    if moved:
        tell(session, replay(session, real.id, from_nanoseconds(moved[0].status_time), now))


def _newest(series: AlertSeries) -> tuple[int, int, int]:
    return (series.newest_time, series.newest_source, RANK[series.level])
