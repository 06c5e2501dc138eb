"""What GitHub's REST API answers, as far as it is read here.

Source: "List workflow runs for a repository" and "List jobs for a workflow run" of its reference,
version 2022-11-28. Unknown keys are passed over, missing ones are an error.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

COMPLETED = "completed"


class Answer(BaseModel):
    """A part of an answer; what we do not read is dropped."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Run(Answer):
    """One run of a workflow; a re-run is the same one with a higher `run_attempt`."""

    id: int
    run_attempt: int = 1
    name: str | None = None
    event: str = ""
    head_branch: str | None = None
    head_sha: str = ""
    status: str | None = None
    conclusion: str | None = None
    created_at: datetime
    updated_at: datetime
    html_url: str = ""

    @property
    def completed(self) -> bool:
        """Whether it ended; a re-run makes it unfinished again."""
        return self.status == COMPLETED


class Job(Answer):
    """One job of one attempt of a run."""

    id: int
    run_attempt: int = 1
    name: str
    status: str
    conclusion: str | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    labels: tuple[str, ...] = ()
    runner_name: str | None = None
    html_url: str | None = None


class RunsPage(Answer):
    """A page of the list of runs; `total_count` is that of the whole search, beyond the cap too."""

    total_count: int
    workflow_runs: tuple[Run, ...]


class JobsPage(Answer):
    """A page of the list of jobs."""

    total_count: int
    jobs: tuple[Job, ...]


class KeptPage(Answer):
    """A page of the list of runs as it was last answered, to be asked for again by its ETag."""

    etag: str
    next_page: int | None = Field(default=None)
    page: RunsPage
