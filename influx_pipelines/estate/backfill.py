"""Runs of declared tasks for times that are past: each sees that time as its `now()`.

A task runs one time at a time and in order, which a server does not promise for runs that wait
there. What a task finds it writes again, so that a run made twice does no harm.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from itertools import islice

from influx_pipelines.estate import taskruns
from influx_pipelines.estate.backfill_lane import Lane, Outcome
from influx_pipelines.estate.kinds.task import TaskKind, TaskScript
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.estate.tasktimes import offset, times
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.models import Task
from influx_pipelines.influx.taskruns import UNDER_WAY, TaskRuns, text_of

AT_ONCE = 4  # tasks
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.5  # seconds between two looks at the runs


class BackfillError(ValueError):
    """What cannot be backfilled; the message says why and what to do."""

    retryable = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one backfill may do."""

    runs: int = 1000
    minutes: float = 60


class Backfill:
    """The runs that are missing of some tasks in [start, stop), found when it is made.

    Args:
        client: the server.
        declared: the tasks of the estate.
        names: which of them.
        start: an aware datetime.
        stop: an aware datetime; later times than now are left to the server.
        again: the times whose run succeeded, too.
        bounds: how many runs, and how long.

    Raises:
        BackfillError: a task is unknown or inactive, or there would be too many runs.
        InfluxError: the server did not answer.
    """

    def __init__(
        self,
        client: Influx,
        declared: Mapping[str, TaskScript],
        names: Collection[str],
        start: datetime,
        stop: datetime,
        *,
        again: bool = False,
        bounds: Bounds = Bounds(),
    ) -> None:
        self.client, self.bounds, self.skipped = client, bounds, 0
        self.todo: dict[str, list[datetime]] = {}
        self._tasks = _chosen(client, declared, names)
        for task in self._tasks:
            # A run that has not begun by itself yet is left to the server.
            end = min(stop, datetime.now(UTC) - offset(task))
            done = _done(client, task, start, end, again=again)
            most = len(done) + bounds.runs + 1
            wanted = list(islice(times(task, start, end), most))
            self.todo[task.name] = [moment for moment in wanted if moment not in done]
            self.skipped += len(wanted) - len(self.todo[task.name])
        if self.total > bounds.runs:
            raise BackfillError(
                f"There would be more than {bounds.runs} runs from {text_of(start)} to "
                f"{text_of(stop)}: name fewer tasks or less time, or allow more runs."
            )

    @property
    def total(self) -> int:
        """How many runs are to be made."""
        return sum(map(len, self.todo.values()))

    def run(self) -> Iterator[Outcome]:
        """Make the runs; each is told when it is over. Whoever stops early stops those under way.

        Raises:
            InfluxError: the server did not answer; the next backfill goes on from there.
        """
        deadline = time.monotonic() + 60 * self.bounds.minutes
        waiting = deque(
            Lane(TaskRuns(self.client, task.id), task.name, self.todo[task.name])
            for task in self._tasks
        )
        active: list[Lane] = []
        pause = SHORTEST_PAUSE
        try:
            while waiting or active:
                while waiting and len(active) < AT_ONCE:
                    active.append(waiting.popleft())
                over = time.monotonic() > deadline
                ended = [one for lane in active for one in (lane.stop() if over else lane.step())]
                yield from ended
                active = [lane for lane in active if not lane.is_done]
                pause = SHORTEST_PAUSE if ended else min(1.5 * pause, LONGEST_PAUSE)
                time.sleep(0 if ended else pause)
        finally:
            with suppress(InfluxError):  # what ended this is the error to tell
                for lane in active:
                    lane.stop()


def summary(outcomes: Collection[Outcome], skipped: int) -> str:
    """One line: `3 success, 1 failed, 20 skipped`."""
    counts = Counter(outcome.status for outcome in outcomes)
    parts = [f"{number} {status}" for status, number in counts.items()]
    parts += [f"{skipped} skipped"] if skipped else []
    return ", ".join(parts) or "no run was due"


def failure(outcomes: Collection[Outcome]) -> str:
    """A sentence that names the first runs that did not succeed; empty when all did."""
    bad = [outcome for outcome in outcomes if not outcome.succeeded]
    if not bad:
        return ""
    shown = ", ".join(f"{one.task} of {text_of(one.moment)} ({one.status})" for one in bad[:5])
    rest = f" and {len(bad) - 5} more" if len(bad) > 5 else ""
    return f"{len(bad)} of {len(outcomes)} runs did not succeed: {shown}{rest}."


def _chosen(
    client: Influx, declared: Mapping[str, TaskScript], names: Collection[str]
) -> list[Task]:
    """The tasks of these names on the server; one of ours is the one that counts."""
    found = TaskKind.collection.all(client, type="basic")
    there = {t.name: t for t in sorted(found, key=lambda t: t.description.endswith(MARKER))}
    problems = [_problem(name, declared, there) for name in dict.fromkeys(names)]
    if any(problems):
        raise BackfillError(" ".join(filter(None, problems)))
    return [there[name] for name in dict.fromkeys(names)]


def _problem(name: str, declared: Mapping[str, TaskScript], there: Mapping[str, Task]) -> str:
    if name not in declared:
        close = get_close_matches(name, declared, 1)
        hint = f"did you mean {close[0]}?" if close else "declare it first."
        return f"There is no task {name!r} in the estate: {hint}"
    if name not in there:
        return f"The task {name!r} is not on the server: apply the estate first."
    if there[name].status != "active":
        return f"The task {name!r} is inactive, and the server runs none: make it active first."
    return ""


def _done(
    client: Influx, task: Task, start: datetime, stop: datetime, *, again: bool
) -> set[datetime]:
    """The times whose run is under way, or succeeded as far as the server and the copies tell."""
    if stop <= start:
        return set()
    enough = UNDER_WAY if again else {*UNDER_WAY, "success"}
    runs = TaskRuns(client, task.id).within(start, stop + timedelta(seconds=1))
    done = {run.scheduled_for for run in runs if run.status in enough}
    return done if again else done | taskruns.succeeded(client, task.id, start, stop)
