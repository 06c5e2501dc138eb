"""The life of an incident, as a pure function of the statuses of one series.

A bad status opens one, a good one ends it; a bad one soon afterwards opens the same again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from influx_pipelines.alerts.levels import is_bad, worse

# A series that is good for less than this and bad again flaps: one incident, not two.
REOPEN_WITHIN = timedelta(minutes=10)

Kind = Literal["opened", "changed", "repeat", "resolved"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What an incident takes from a status; or from its end by hand, or because it vanished."""

    time: datetime
    level: str
    message: str = ""
    resolution: str = "recovered"


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell; `number` counts the events of this kind of one incident from 0."""

    kind: Kind
    number: int
    seen: Seen


@dataclass(frozen=True, slots=True)
class Course:
    """An incident from its first bad status on."""

    opened_at: datetime
    last_seen_at: datetime
    level: str
    peak_level: str
    message: str
    resolved_at: datetime | None = None
    resolution: str = ""
    statuses: int = 1
    changes: int = 0
    reopened: int = 0

    @property
    def ends(self) -> datetime:
        """The end, or what is known of it."""
        return self.resolved_at or self.last_seen_at


@dataclass(frozen=True, slots=True)
class Step:
    """What one status does: the course after it, whether that is a new one, what to tell."""

    course: Course | None
    begins: bool = False
    event: Event | None = None


def advance(last: Course | None, seen: Seen) -> Step:
    """The next status of a series, newer than all before; `last` is its newest incident."""
    if not is_bad(seen.level):
        return _good(last, seen)
    if last is None or (last.resolved_at and seen.time - last.resolved_at > REOPEN_WITHIN):
        return _open(seen)
    return _reopen(last, seen) if last.resolved_at else _go_on(last, seen)


def fold(statuses: Iterable[Seen]) -> list[tuple[Course, list[Event]]]:
    """All incidents of a series, from all its statuses in their order."""
    courses: list[tuple[Course, list[Event]]] = []
    for seen in statuses:
        step = advance(courses[-1][0] if courses else None, seen)
        if step.course is None:
            continue
        events = [step.event] if step.event else []
        if step.begins:
            courses.append((step.course, events))
        else:
            courses[-1] = (step.course, [*courses[-1][1], *events])
    return courses


def _open(seen: Seen) -> Step:
    course = Course(seen.time, seen.time, seen.level, seen.level, seen.message)
    return Step(course, begins=True, event=Event("opened", 0, seen))


def _good(last: Course | None, seen: Seen) -> Step:
    if last is None or last.resolved_at:
        return Step(last)
    ended = replace(last, resolved_at=seen.time, resolution=seen.resolution)
    return Step(ended, event=Event("resolved", last.reopened, seen))


def _reopen(last: Course, seen: Seen) -> Step:
    again = replace(_next(last, seen), resolved_at=None, resolution="", reopened=last.reopened + 1)
    return Step(again, event=Event("opened", again.reopened, seen))


def _go_on(last: Course, seen: Seen) -> Step:
    course = _next(last, seen)
    if seen.level == last.level:
        return Step(course)
    course = replace(course, changes=last.changes + 1)
    return Step(course, event=Event("changed", course.changes, seen))


def _next(last: Course, seen: Seen) -> Course:
    return replace(
        last,
        last_seen_at=seen.time,
        level=seen.level,
        peak_level=worse(last.peak_level, seen.level),
        message=seen.message,
        statuses=last.statuses + 1,
    )
