"""The runs of one task for given times, one after the other."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from influx_pipelines.influx.errors import NotFound
from influx_pipelines.influx.models import TaskRun
from influx_pipelines.influx.taskruns import UNDER_WAY, TaskRuns, text_of

MOST_FAILED = 5
GONE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a run; `status` is that of the server, or gone, stopped or not started."""

    task: str
    moment: datetime
    status: str
    log: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether it did."""
        return self.status == "success"

    def row(self) -> dict[str, str]:
        """As a row of a table."""
        moment = text_of(self.moment)
        return {"task": self.task, "for": moment, "status": self.status, "log": self.log}


class Lane:
    """One task with the times that it is still to be run for.

    After five runs that did not succeed the rest is left: they would fail for the same reason.
    """

    def __init__(self, runs: TaskRuns, task: str, moments: Iterable[datetime]) -> None:
        self.runs, self.task, self.left = runs, task, deque(moments)
        self._run: TaskRun | None = None
        self._failed = 0
        self._seen = 0.0

    @property
    def is_done(self) -> bool:
        """Whether nothing is under way or left."""
        return self._run is None and not self.left

    def step(self) -> list[Outcome]:
        """Start the next run, or look at the one that is under way; what is over.

        Raises:
            InfluxError: the server did not answer, or refused the run.
        """
        if self._run is None and self.left:
            self._run = self.runs.start(self.left.popleft())
            self._seen = time.monotonic()
            return []
        if self._run is None or (status := self._look(self._run)) in UNDER_WAY:
            return []
        ended, self._run = self._outcome(self._run, status), None
        self._failed += not ended.succeeded
        return [ended, *(self.stop() if self._failed == MOST_FAILED else ())]

    def stop(self) -> list[Outcome]:
        """Stop the run that is under way, and leave the rest."""
        ended = []
        if self._run is not None:
            self.runs.cancel(self._run.id)
            ended.append(self._outcome(self._run, "stopped"))
            self._run = None
        ended += [Outcome(self.task, moment, "not started") for moment in self.left]
        self.left.clear()
        return ended

    def _look(self, run: TaskRun) -> str:
        """Its status; a run that ends is found nowhere for a moment, and a deleted one for ever."""
        try:
            self._run = self.runs.get(run.id)
        except NotFound:
            return "gone" if time.monotonic() - self._seen > GONE_SECONDS else run.status
        self._seen = time.monotonic()
        return self._run.status

    def _outcome(self, run: TaskRun, status: str) -> Outcome:
        return Outcome(self.task, run.scheduled_for, status, run.log)
