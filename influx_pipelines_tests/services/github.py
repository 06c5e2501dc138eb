"""GitHub's API for runs, jobs and logs, as a server on this machine, with its paging and limits.

Logs are answered by a redirect to another server, which remembers what it was sent.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

from influx_pipelines_tests.services.service import Answer, Request, Service

GONE = Answer.json({"message": "Server Error", "documentation_url": "…"}, 410)


def moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class FakeJob:
    id: int
    name: str = "build ubuntu_22_04"
    attempt: int = 1
    conclusion: str | None = "success"
    status: str = "completed"
    queued: float = 30.0
    took: float = 600.0
    labels: tuple[str, ...] = ("ubuntu-22.04",)
    log: bytes | None = None


@dataclass
class FakeRun:
    id: int
    created: datetime
    jobs: list[FakeJob] = field(default_factory=list)
    name: str = "ci"
    branch: str = "master"
    event: str = "push"
    status: str = "completed"
    conclusion: str | None = "success"
    attempt: int = 1
    updated: datetime | None = None


class FakeGitHub:
    """`limit` requests are answered before the limit is met; 304 count for nothing."""

    def __init__(self, runs: Iterable[FakeRun] = (), *, token: str = "t0ken-of-a-test") -> None:
        self.all = {run.id: run for run in runs}
        self.token = token
        self.cap = 1_000
        self.limit: int | None = None
        self.reset_after = 1_800.0
        self.counted = 0
        self._by_id: dict[int, FakeJob] = {}
        self._lock = threading.Lock()
        self.api, self.blobs = Service(self._answer), Service(self._blob)

    @property
    def url(self) -> str:
        return self.api.url

    def add(self, *runs: FakeRun) -> None:
        self.all |= {run.id: run for run in runs}

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        self._stack.enter_context(self.api)
        self._stack.enter_context(self.blobs)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def _answer(self, asked: Request) -> Answer:
        if asked.headers.get("Authorization", f"Bearer {self.token}") != f"Bearer {self.token}":
            return Answer.json({"message": "Bad credentials"}, 401)
        parts = asked.path.strip("/").split("/")  # repos/o/r/actions/runs/ID/jobs
        answer = Answer.json({"message": "Not Found"}, 404)
        if parts[3:] == ["actions", "runs"]:
            answer = self._runs(asked)
        elif parts[3:5] == ["actions", "runs"] and parts[6:] == ["jobs"]:
            answer = self._jobs(asked, int(parts[5]))
        elif parts[3:5] == ["actions", "jobs"] and parts[6:] == ["logs"]:
            answer = self._log(asked, int(parts[5]))
        return self._within_limit(asked, answer)

    def _within_limit(self, asked: Request, answer: Answer) -> Answer:
        if answer.status == 200:
            etag = f'W/"{hashlib.md5(answer.body).hexdigest()}"'
            if asked.headers.get("If-None-Match") == etag:
                return Answer(status=304, headers={"ETag": etag})
            answer = replace(answer, headers={**answer.headers, "ETag": etag})
        with self._lock:
            self.counted += 1
            if self.limit is not None and self.counted > self.limit:
                reset = str(int(time.time() + self.reset_after))
                headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
                return Answer.json({"message": "API rate limit exceeded"}, 403, headers=headers)
        return answer

    def _runs(self, asked: Request) -> Answer:
        first, last = asked.params["created"].split("..")
        branch = asked.params.get("branch")
        found = [
            run
            for run in sorted(self.all.values(), key=lambda run: run.id, reverse=True)
            if first <= moment(run.created) <= last and branch in (None, run.branch)
        ]
        return self._page(asked, "workflow_runs", found[: self.cap], len(found), _run)

    def _jobs(self, asked: Request, run: int) -> Answer:
        assert asked.params["filter"] == "all"
        made = [(self.all[run], job) for job in self.all[run].jobs]
        return self._page(asked, "jobs", made, len(made), lambda pair: _job(*pair))

    def _page(
        self, asked: Request, key: str, found: list[Any], total: int, show: Callable[[Any], Any]
    ) -> Answer:
        size, page = int(asked.params.get("per_page", 30)), int(asked.params.get("page", 1))
        shown = [show(one) for one in found[(page - 1) * size : page * size]]
        headers = {}
        if page * size < len(found):
            # As GitHub: links with another form of the address than the one that was asked.
            query = urlencode({**asked.params, "page": page + 1})
            headers["Link"] = f'<https://api.github.invalid{asked.path}?{query}>; rel="next"'
        body = json.dumps({"total_count": total, key: shown}).encode()
        return Answer(body, 200, headers)

    def _log(self, asked: Request, job: int) -> Answer:
        if "Authorization" not in asked.headers:
            return Answer.json({"message": "Must have admin rights to Repository."}, 403)
        found = self._found(job)
        if found is None or found.log is None:
            return GONE
        return Answer(b"", 302, {"Location": f"{self.blobs.url}/{job}?sig=signed"})

    def _blob(self, asked: Request) -> Answer:
        found = self._found(int(asked.path.strip("/")))
        assert found is not None and found.log is not None
        return Answer(found.log, 200, {"Content-Type": "text/plain"})

    def _found(self, job: int) -> FakeJob | None:
        if job not in self._by_id:
            self._by_id = {job.id: job for run in self.all.values() for job in run.jobs}
        return self._by_id.get(job)


def _run(run: FakeRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "name": run.name,
        "node_id": "x",
        "run_attempt": run.attempt,
        "event": run.event,
        "head_branch": run.branch,
        "head_sha": "c0ffee",
        "status": run.status,
        "conclusion": run.conclusion if run.status == "completed" else None,
        "created_at": moment(run.created),
        "updated_at": moment(run.updated or run.created + timedelta(minutes=run.attempt)),
        "html_url": f"https://github.invalid/o/r/actions/runs/{run.id}",
    }


def _job(run: FakeRun, job: FakeJob) -> dict[str, Any]:
    created = run.created + timedelta(hours=job.attempt - 1)
    started = created + timedelta(seconds=job.queued)
    done = job.status == "completed"
    return {
        "id": job.id,
        "run_id": run.id,
        "run_attempt": job.attempt,
        "name": job.name,
        "status": job.status,
        "conclusion": job.conclusion if done else None,
        "created_at": moment(created),
        "started_at": moment(started),
        "completed_at": moment(started + timedelta(seconds=job.took)) if done else None,
        "labels": list(job.labels),
        "runner_name": "runner 1",
        "html_url": f"https://github.invalid/o/r/actions/runs/{run.id}/job/{job.id}",
        "steps": [],
    }
