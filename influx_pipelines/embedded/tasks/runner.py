"""Runs the scripts of tasks: one thread looks for what is due, each run has a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.engine.calls import Deadline
from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.run import SECONDS, run
from influx_pipelines.embedded.engine.values import MAX_TIME, parse_time
from influx_pipelines.embedded.http.answers import HIDDEN
from influx_pipelines.embedded.http.call import Service
from influx_pipelines.embedded.http.reader import OrgReader
from influx_pipelines.embedded.permissions import Caller, rights
from influx_pipelines.embedded.tasks.runs import finish_run, new_run, start_run
from influx_pipelines.embedded.tasks.schedule import SECOND, next_run, seconds, text_of

THREADS = 4
WAITING = 10  # runs of a task; while so many wait, its schedule makes no more
PATIENCE = 60.0  # seconds after which it looks again whatever the clock did meanwhile
LAST_SECONDS = 1.5  # that runs get to end when the server stops
STOPPED = "the server stopped before this run came to its end"
_EXECUTING = (
    "runtime error",
    "panic: ",
    "partial write: ",
    "unsupported input type",
    "cannot aggregate columns",
    "error in csv.from()",
    "context canceled",
    STOPPED,
)
log = logging.getLogger("influx_pipelines.embedded")


@dataclass(slots=True)
class _Running:
    task: Document
    run: Document
    deadline: Deadline = field(default_factory=lambda: Deadline(SECONDS))
    ended: threading.Event = field(default_factory=threading.Event)


class Runner:
    """The runs of all tasks; with `scheduling`, tasks are run at their times."""

    def __init__(self, service: Service, *, scheduling: bool) -> None:
        self.service, self.scheduling = service, scheduling
        self.running: dict[str, _Running] = {}
        self._due = 0 if scheduling else MAX_TIME  # when the next task is, in nanoseconds
        self._awake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name="tasks", daemon=True)

    def start(self) -> None:
        """Settle what an earlier process left, then begin."""
        database, now = self.service.database, int(time.time())
        with database.writing():
            for found in database.find("run"):
                if found["status"] == "canceled":
                    database.remove("run", found["id"])
                elif found["status"] == "started" or seconds(found["scheduledFor"]) <= now:
                    log.warning(
                        "run %s of task %s failed: %s", found["id"], found["taskID"], STOPPED
                    )
                    finish_run(self.service, found, STOPPED)
            for task in database.find("task"):
                if task["status"] == "active":  # as the real server does: nothing is made up for
                    task.update(latestCompleted=text_of(now), latestScheduled=text_of(now))
                    database.rewrite("task", task)
        self._thread.start()

    def wake(self, *, tasks: bool = False) -> None:
        """Look again for runs that are due, and for tasks that are, when one of them changed."""
        if tasks and self.scheduling:
            self._due = 0
        self._awake.set()

    def cancel(self, run_id: str) -> threading.Event | None:
        """Let a run end at its next step; what tells that it did, or None when it does not run."""
        found = self.running.get(run_id)
        if found is None:
            return None
        found.deadline.cancel()
        return found.ended

    def stop(self) -> None:
        """End all runs as failed, those too that do not end in time."""
        self._stopping = True
        self.wake()
        under_way, until = list(self.running.values()), time.monotonic() + LAST_SECONDS
        for found in under_way:
            found.deadline.cancel(STOPPED)
        for found in under_way:
            if not found.ended.wait(max(until - time.monotonic(), 0)):
                finish_run(self.service, found.run, STOPPED)

    def _loop(self) -> None:
        while not self._stopping:
            self._awake.clear()
            try:
                due = self._look()
            except Exception:
                log.exception("tasks could not be looked at")
                due = time.time_ns() + SECOND
            self._awake.wait(min(max((due - time.time_ns()) / SECOND, 0), PATIENCE))

    def _look(self) -> int:
        """Begin what is due; when to look again, in nanoseconds.

        Within a transaction, so that what woke this thread is there to be seen.
        """
        begun: list[_Running] = []
        with self.service.database.writing():
            if self._due <= time.time_ns():
                self._due = min(map(self._schedule, self._tasks()), default=MAX_TIME)
            dues = [self._due]
            for found in self.service.database.find("run"):
                if found["status"] != "scheduled":
                    continue
                if found["begin"] > time.time_ns():
                    dues.append(found["begin"])
                elif len(self.running) < THREADS and (one := self._begin_run(found)):
                    begun.append(one)
        for one in begun:
            threading.Thread(target=self._work, args=(one,), daemon=True).start()
        return min(dues)

    def _tasks(self) -> list[Document]:
        return [t for t in self.service.database.find("task") if t["status"] == "active"]

    def _schedule(self, task: Document) -> int:
        """Make the run that is due; when the next one is, in nanoseconds."""
        database, now = self.service.database, int(time.time())
        try:
            scheduled, begin = next_run(task, now)
            if begin <= now:
                if len(database.find("run", name=task["id"])) >= WAITING:
                    return (now + 1) * SECOND
                new_run(self.service, task, scheduled)
                task["latestScheduled"] = text_of(scheduled)
                database.rewrite("task", task)
                begin = next_run(task, now)[1]
        except ValueError:  # the years of its schedule are over
            return MAX_TIME
        return begin * SECOND

    def _begin_run(self, found: Document) -> _Running | None:
        """Mark a run as under way, unless its task has enough of them."""
        database = self.service.database
        task = database.get("task", found["taskID"])
        if task is None:
            return None
        same = sum(one.task["id"] == task["id"] for one in list(self.running.values()))
        if same >= task["concurrency"]:
            return None
        start_run(self.service, task, found)
        one = self.running[found["id"]] = _Running(task, found)
        return one

    def _work(self, one: _Running) -> None:
        try:
            error = self._execute(one)
        except Exception:
            log.exception("run %s failed", one.run["id"])
            error = f"could not execute task run: {HIDDEN}"
        try:
            finish_run(self.service, one.run, error)
        finally:
            del self.running[one.run["id"]]
            one.ended.set()
            self.wake()

    def _execute(self, one: _Running) -> str | None:
        """Run the script with the rights of its owner; what went wrong, if anything did."""
        service, task = self.service, one.task
        may = rights(task["ownerID"], service.database.find("org"))
        caller = Caller(task["ownerID"], task["orgID"], may)
        reader = OrgReader(service, caller, {"id": task["orgID"]})
        now = parse_time(one.run["scheduledFor"])
        try:
            results = run(task["flux"], reader, now, deadline=one.deadline)
        except FluxError as error:
            if error.message.startswith("compilation failed"):
                return f"unexpected error from queryd: {error.message}"
            if error.message.startswith(_EXECUTING):
                return f"could not execute task run: {error.message}"
            return f"error exhausting result iterator: {error.message}"
        broken = [stream.error for stream in results.values() if stream.error]
        return f"could not execute task run: {broken[0]}" if broken else None
