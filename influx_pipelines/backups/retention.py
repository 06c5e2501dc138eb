"""Which backups are kept: by a policy of days, weeks and months, and some always.

The newest good backup of each of so many days, weeks and months stays. Only periods that have one
are counted, so that a pause wears nothing away. Always kept besides: the last good one, the last
two good ones whose files are all their own (a damage on disk spares one of them), and the newest of
all, which is perhaps just being looked at.

What is damaged or was never looked at takes no good one's place. Among the newest so many periods
of all, one without a good backup keeps its newest unverified one, else its newest damaged one:
better than nothing. One that lies ahead of the clock is neither counted nor removed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

State = Literal["good", "unverified", "bad"]

_WORTH = {"good": 2, "unverified": 1, "bad": 0}
_FULL = 2


@dataclass(frozen=True)
class Candidate:
    """A finished backup, as far as keeping it goes.

    Attributes:
        started: with its zone.
        state: what the newest look at it said.
        full: whether every file is its own.
    """

    name: str
    started: datetime
    state: State
    full: bool = True


@dataclass(frozen=True)
class Policy:
    """How many days, weeks (from Monday) and months keep a backup.

    Attributes:
        zone: in which a day begins.
    """

    daily: int
    weekly: int
    monthly: int
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


@dataclass(frozen=True)
class Decision:
    """What stays and what goes.

    Attributes:
        keep: why each one stays, the newest first: `daily 2026-11-24`, `last good`.
        remove: names, the oldest first.
    """

    keep: dict[str, tuple[str, ...]]
    remove: tuple[str, ...]


def decide(sets: Iterable[Candidate], policy: Policy, now: datetime) -> Decision:
    """Say what the policy keeps of some backups.

    The answer is the same after its removals were done, and whether it was followed every night or
    for the first time.
    """
    newest_first = sorted(sets, key=lambda one: (one.started, one.name), reverse=True)
    ahead = [one for one in newest_first if one.started > now]
    counted = newest_first[len(ahead) :]
    good = [one for one in counted if one.state == "good"]

    reasons: dict[str, list[str]] = defaultdict(list)
    for one in ahead:
        reasons[one.name].append("ahead of the clock")
    for one in counted[:1]:
        reasons[one.name].append("newest")
    for one in good[:1]:
        reasons[one.name].append("last good")
    for one in [one for one in good if one.full][:_FULL]:
        reasons[one.name].append("last good full ones")
    for rule, count, period in _rules(policy):
        chosen = {**_best(good, count, period), **_best(counted, count, period)}
        for label, one in chosen.items():
            state = "" if one.state == "good" else f", {one.state}"
            reasons[one.name].append(f"{rule} {label}{state}")

    keep = {one.name: tuple(reasons[one.name]) for one in newest_first if one.name in reasons}
    remove = tuple(one.name for one in reversed(newest_first) if one.name not in keep)
    return Decision(keep, remove)


Period = Callable[[Candidate], str]


def _rules(policy: Policy) -> tuple[tuple[str, int, Period], ...]:
    def in_zone(text: str) -> Period:
        return lambda one: one.started.astimezone(policy.zone).strftime(text)

    return (
        ("daily", policy.daily, in_zone("%Y-%m-%d")),
        ("weekly", policy.weekly, in_zone("%G-W%V")),
        ("monthly", policy.monthly, in_zone("%Y-%m")),
    )


def _best(newest_first: Sequence[Candidate], count: int, period: Period) -> dict[str, Candidate]:
    """The best one of each of the newest so many periods that have one."""
    best: dict[str, Candidate] = {}
    for one in newest_first:
        label = period(one)
        if label not in best and len(best) == count:
            break
        if label not in best or _WORTH[one.state] > _WORTH[best[label].state]:
            best[label] = one
    return best
