"""Whether a notice is sent now, held back, or dropped: pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from influx_pipelines.alerts.levels import RANK, Level
from influx_pipelines.alerts.matching import Facts, Matchers, matches


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often an incident that goes on is told again; None: never."""

    when: Matchers
    every: timedelta | None


@dataclass(frozen=True, slots=True)
class Suppression:
    """Incidents that are told only if they last: nothing is silent for ever."""

    when: Matchers
    at_most: timedelta


@dataclass(frozen=True, slots=True)
class Silenced:
    """A silence of a person, from one time to another."""

    id: int
    matchers: Matchers
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """What is told; the first rule that matches counts."""

    repeats: Sequence[Repeat] = ()
    repeat_every: timedelta | None = timedelta(hours=4)
    suppressions: Sequence[Suppression] = ()
    lowest_level: Level = "warn"

    def repeat_of(self, facts: Facts) -> timedelta | None:
        """The repeat interval of an incident."""
        found = (rule.every for rule in self.repeats if matches(rule.when, facts))
        return next(found, self.repeat_every)


@dataclass(frozen=True, slots=True)
class Question:
    """A notice and its incident as they are now."""

    kind: str
    facts: Facts
    opened_at: datetime
    over: bool
    acknowledged: bool
    told: bool  # something of this incident was sent before
    held: bool  # this notice was held back before


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a notice, and why."""

    action: Literal["send", "hold", "drop"]
    reason: str = ""
    until: datetime | None = None


SEND = Verdict("send")


def judge(
    question: Question, policy: Policy, silences: Sequence[Silenced], now: datetime
) -> Verdict:
    """The verdict on one notice.

    What was held back is dropped when the incident is over meanwhile; what came late, after an
    outage, is sent although it is over.
    """
    if reason := _needless(question, policy):
        return Verdict("drop", reason)
    silence = next((one for one in silences if matches(one.matchers, question.facts)), None)
    if silence:
        return _quiet(question, f"silence {silence.id}", silence.ends_at)
    for rule in policy.suppressions:
        until = question.opened_at + rule.at_most
        if not question.told and now < until and matches(rule.when, question.facts):
            return _quiet(question, "suppressed", until)
    return SEND


def _needless(question: Question, policy: Policy) -> str:
    if question.kind == "resolved":
        return "" if question.told else "nobody was told of it"
    if not question.told and RANK[question.facts["level"]] < RANK[policy.lowest_level]:
        return f"below {policy.lowest_level}"
    if question.held and question.over:
        return "over before it was told"
    if question.kind == "repeat" and (question.over or question.acknowledged):
        return "resolved" if question.over else "acknowledged"
    return ""


def _quiet(question: Question, reason: str, until: datetime) -> Verdict:
    if question.told or question.kind == "repeat":
        return Verdict("drop", reason)
    return Verdict("hold", reason, until)
