"""Failures in a row of each asset and job, from runs that ended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dagster as dg

VERSION = 1
MOST = 1_000
ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
OVERLAP = 60.0
AT_ONCE = 500


@dataclass(frozen=True)
class Outcome:
    """How a run ended for one asset or job; `time` is in seconds since 1970."""

    subject: str
    run_id: str
    time: float
    good: bool


@dataclass
class Streaks:
    """The cursor of the sensor: when the last run ended, the runs near that, failures in a row."""

    seen_until: float
    recent: list[str] = field(default_factory=list)
    failures: dict[str, int] = field(default_factory=dict)

    @classmethod
    def parse(cls, cursor: str | None, now: float) -> Streaks:
        """The cursor; one of another form starts over with runs that end from now on."""
        try:
            value: Any = json.loads(cursor or "")
            if value.pop("version") == VERSION:
                return cls(**value)
        except (ValueError, KeyError, AttributeError, TypeError):
            pass
        return cls(now)

    def dump(self) -> str:
        """The text of the cursor, of at most 1,000 subjects."""
        kept = dict(list(self.failures.items())[-MOST:])
        return json.dumps({"version": VERSION, **vars(self), "failures": kept})

    def take_new(self, instance: dg.DagsterInstance) -> list[dg.RunRecord]:
        """The runs that ended since, at most 500, in the order of their ends; each is seen once.

        Runs are written down by several processes: the last minute is looked at twice.
        """
        since = self.seen_until - OVERLAP
        wanted = dg.RunsFilter(statuses=ENDED, updated_after=datetime.fromtimestamp(since, UTC))
        records = instance.get_run_records(
            wanted, limit=AT_ONCE, order_by="update_timestamp", ascending=True
        )
        late = [record for record in records if (record.end_time or 0.0) >= since]
        new = [one for one in late if one.dagster_run.run_id not in self.recent]
        self.seen_until = max([self.seen_until, *(one.end_time or 0.0 for one in late)])
        near = [one for one in late if (one.end_time or 0.0) >= self.seen_until - OVERLAP]
        self.recent = [one.dagster_run.run_id for one in near]
        return sorted(new, key=lambda one: one.end_time or 0.0)

    def count(self, outcome: Outcome) -> int:
        """Failures in a row after an outcome: none after a good one."""
        before = self.failures.pop(outcome.subject, 0)
        if outcome.good:
            return 0
        self.failures[outcome.subject] = before + 1
        return before + 1


def outcomes(instance: dg.DagsterInstance, record: dg.RunRecord) -> Iterator[Outcome]:
    """What a run that ended means for each of its assets, or for its job when it has none.

    An asset is good when it was made and its step did not fail: a range of partitions that ended
    in a failure has made some.
    """
    run = record.dagster_run
    subjects = {key.to_user_string(): key for key in sorted(run.asset_selection or ())}
    bad = set() if run.is_success else set(subjects)
    if bad:
        bad = _unmade(instance, run.run_id, subjects) or bad
    for subject in subjects:
        yield Outcome(subject, run.run_id, record.end_time or 0.0, subject not in bad)
    if not subjects:
        yield Outcome(run.job_name, run.run_id, record.end_time or 0.0, run.is_success)


def subjects_of(run: dg.DagsterRun) -> list[str]:
    """The assets of a run, or its job."""
    assets = [key.to_user_string() for key in sorted(run.asset_selection or ())]
    return assets or [run.job_name]


def _unmade(
    instance: dg.DagsterInstance, run_id: str, subjects: Mapping[str, dg.AssetKey]
) -> set[str]:
    kinds = {dg.DagsterEventType.ASSET_MATERIALIZATION, dg.DagsterEventType.STEP_FAILURE}
    events = [log.dagster_event for log in instance.all_logs(run_id, of_type=kinds)]
    made = {event.asset_key for event in events if event and event.asset_key}
    failed = {event.step_key for event in events if event and event.is_step_failure}
    return {
        subject
        for subject, key in subjects.items()
        if key not in made or "__".join(key.path) in failed
    }
