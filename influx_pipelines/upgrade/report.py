"""The findings: one small judgement a subject, pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from influx_pipelines.upgrade.facts import Facts
from influx_pipelines.upgrade.finding import Finding
from influx_pipelines.upgrade.ofbackups import downgrade, restore
from influx_pipelines.upgrade.offields import time_fields
from influx_pipelines.upgrade.oftokens import operator_token, tokens
from influx_pipelines.upgrade.words import some

NEWEST = (2, 9, 1)
LEAST_AGE, MOST_AGE = 60, 5_184_000  # seconds


def report(facts: Facts) -> list[Finding]:
    """What has to be done comes first."""
    found = [one for judge in JUDGES for one in judge(facts)]
    order = ("do", "unknown", "know", "none")
    return sorted(found, key=lambda one: order.index(one.state))


def embedded(facts: Facts) -> Iterator[Finding]:
    """The embedded server has no versions of its own."""
    if facts.embedded:
        text = "The embedded server comes with this project and is as 2.9.1: it is not upgraded. "
        yield Finding("know", "2.9", "server", text + "What follows holds for a real server 2.9.")


def target(facts: Facts) -> Iterator[Finding]:
    """Which version to take."""
    if facts.version == (2, 9, 0):
        text = "2.9.0 may stop compactions of level 3 for good."
        yield Finding("do", "2.9.1", "compactions", text, "Go on to 2.9.1.")
    elif facts.version < NEWEST:
        text = "2.9.0 may stop compactions of level 3; 2.9.1 mends that."
        yield Finding("know", "2.9.1", "compactions", text, "Take 2.9.1, not 2.9.0.")


def replications(facts: Facts) -> Iterator[Finding]:
    """2.9 checks the age of a replication's queue."""
    if facts.replications is None:
        text = "Our token may not list replications, whose ages 2.9 checks."
        yield Finding("unknown", "2.9", "replications", text, "Use an operator token for this.")
        return
    aged = [one for one in facts.replications if one.max_age]
    wrong = [one.name for one in aged if not LEAST_AGE <= one.max_age <= MOST_AGE]
    if wrong:
        text = f"2.9 takes a maxAgeSeconds of 0, or of 60 to {MOST_AGE}: not that of {some(wrong)}."
        mend = "Change it: PATCH /api/v2/replications/<id> with a maxAgeSeconds within these."
        yield Finding("do", "2.9", "replications", text, mend)
    else:
        count = len(facts.replications)
        text = f"{count} of them, each of an age that 2.9 takes." if count else "There is none."
        yield Finding("none", "2.9", "replications", text)


def flux(facts: Facts) -> Iterator[Finding]:
    """Each version brings a newer Flux."""
    if facts.version < (2, 9, 0) and facts.tasks:
        text = f"2.9 has a newer Flux: whether each of {len(facts.tasks)} tasks gives the same "
        text += "there, no list can tell."
        mend = "After the upgrade look at the asset influx/task_runs."
        yield Finding("unknown", "2.9", "Flux", text, mend)


JUDGES: tuple[Callable[[Facts], Iterator[Finding]], ...] = (
    embedded,
    target,
    tokens,
    operator_token,
    time_fields,
    downgrade,
    restore,
    replications,
    flux,
)
