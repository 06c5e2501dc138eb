"""What GitHub's REST API answers, as far as it is read here.

Source: "List workflow runs for a repository" and "List jobs for a workflow run" of its reference,
version 2022-11-28. Unknown keys are passed over, missing ones are an error.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

COMPLETED = "completed"
FIRST = datetime(2008, 1, 1, tzinfo=UTC)  # when GitHub began
AHEAD = timedelta(days=1)


def _of_our_time(moment: datetime) -> datetime:
    if not FIRST <= moment <= datetime.now(UTC) + AHEAD:
        raise ValueError(f"{moment.isoformat()} is no time of a job. Is the clock here right?")
    return moment


Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
Id = Annotated[int, Field(strict=True, gt=0, lt=1 << 63)]  # what a field of InfluxDB holds
Attempt = Annotated[int, Field(strict=True, gt=0, lt=1 << 31)]


class Answer(BaseModel):
    """A part of an answer; what we do not read is dropped."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Run(Answer):
    """One run of a workflow; a re-run is the same one with a higher `run_attempt`."""

    id: Id
    run_attempt: Attempt = 1
    name: str | None = None
    event: str = ""
    head_branch: str | None = None
    head_sha: str = ""
    status: str | None = None
    conclusion: str | None = None
    created_at: Moment
    updated_at: Moment
    html_url: str = ""

    @property
    def completed(self) -> bool:
        """Whether it ended; a re-run makes it unfinished again."""
        return self.status == COMPLETED


class Job(Answer):
    """One job of one attempt of a run."""

    id: Id
    run_attempt: Attempt = 1
    name: str
    status: str
    conclusion: str | None = None
    created_at: Moment | None = None
    started_at: Moment | None = None
    completed_at: Moment | None = None
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
