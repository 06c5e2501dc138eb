"""What is known of a CI job: one record that every output is made from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

LogsOf = Literal["none", "failures", "all"]
LogState = Literal["kept", "gone", "absent"]
TestStatus = Literal["fail", "hang", "transient fail", "flaky"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRecord:
    """One failed attempt of one test within a job."""

    __test__ = False  # the name is the subject's, not a test of pytest

    name: str
    configuration: str = "none"
    type: str = "diff"
    subtype: str = ""
    attempt: int = 1
    status: TestStatus = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """One job of one attempt of a run; times are UTC.

    `log` is "kept" when it is in the store, "gone" when there is none any more, "absent" when it
    was not asked for. `failure_type` is "none" for a success, "no_log", "unmatched", "timed_out" or
    "cancelled", else the name of a rule; until the job was classified it is empty, as is
    `classifier_version`. Texts that nothing is known of are "unknown", as `platform` never is.
    """

    repository: str
    run_id: int
    run_attempt: int
    job_id: int
    job_name: str
    workflow: str
    event: str
    branch: str
    commit: str
    status: str
    conclusion: str
    run_created_at: datetime
    """Its day (UTC) is the partition and the folder of the job, also when it was re-run later."""
    created_at: datetime
    """When the job itself was made: the time of its point."""
    queued_at: datetime
    started_at: datetime
    completed_at: datetime
    queue_seconds: float
    """From queued to started, never below 0."""
    duration_seconds: float
    """From started to completed, never below 0."""
    platform: str
    os_version: str = "unknown"
    runner_labels: tuple[str, ...] = ()
    runner_name: str = ""
    runner_version: str = "unknown"
    compiler_version: str = "unknown"
    libc_version: str = "unknown"
    gc64: bool = False
    debug: bool | None = None
    url: str = ""
    run_url: str = ""
    log: LogState = "absent"
    failure_type: str = ""
    category: str = ""
    severity: str = ""
    evidence: str = ""
    """The line that told the failure type."""
    evidence_line: int | None = None
    """Its number in the log, from 1."""
    classifier_version: str = ""
    tests: tuple[TestRecord, ...] = ()
