"""The runs of a task, by the time that each is for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from influx_pipelines.influx import paging
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.influx.models import TaskRun
from influx_pipelines.influx.session import Session

PAGE = 500  # the most that a list of runs gives
SECOND = timedelta(seconds=1)
UNDER_WAY = frozenset({"scheduled", "started"})


@dataclass(frozen=True, slots=True)
class TaskRuns:
    """`/api/v2/tasks/<id>/runs`: of finished runs a server keeps three days."""

    client: Session
    task_id: str

    @property
    def path(self) -> str:
        """Where the list is."""
        return f"/api/v2/tasks/{self.task_id}/runs"

    def newest(self, limit: int) -> list[TaskRun]:
        """The runs for the latest times."""
        return self._page({"limit": limit})

    def within(self, start: datetime, stop: datetime) -> Iterator[TaskRun]:
        """The runs that are for a time in [start, stop), those for late times first.

        Raises:
            NotFound: there is no such task.
        """
        # Both bounds of a list are exclusive, and `after` an ID finds nothing: the next page is
        # asked for by time, with the last second again, since it may have had more runs.
        asked = {"limit": PAGE, "afterTime": text_of(start - SECOND), "beforeTime": text_of(stop)}
        seen: set[str] = set()
        while new := [run for run in self._page(asked) if run.id not in seen]:
            yield from new
            seen.update(run.id for run in new)
            asked["beforeTime"] = text_of(min(run.scheduled_for for run in new) + SECOND)

    def get(self, id: str) -> TaskRun:
        """One run.

        Raises:
            NotFound: it is none of this task, or the task is gone.
        """
        return TaskRun.model_validate(self.client.request("GET", f"{self.path}/{id}"))

    def start(self, moment: datetime) -> TaskRun:
        """Begin a run for a time; it may be made twice when an answer was lost.

        Raises:
            Invalid: the task is inactive.
            NotFound: there is no such task.
        """

        def create() -> TaskRun:
            body = {"scheduledFor": text_of(moment)}
            answer = self.client.request("POST", self.path, json=body, retry=False)
            return TaskRun.model_validate(answer)

        def find() -> TaskRun | None:
            there = self.within(moment, moment + SECOND)
            return next((run for run in there if run.status in UNDER_WAY), None)

        return paging.create_once(create, find, self.client.retry_seconds)

    def cancel(self, id: str) -> None:
        """Stop a run; one that is over already is as good."""
        try:
            self.client.request("DELETE", f"{self.path}/{id}")
        except NotFound:
            return

    def _page(self, params: dict[str, Any]) -> list[TaskRun]:
        found = self.client.request("GET", self.path, params=params)["runs"]
        return [TaskRun.model_validate(run) for run in found or ()]


def text_of(moment: datetime) -> str:
    """A time in whole seconds, as the server compares them: `2026-11-24T12:00:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
