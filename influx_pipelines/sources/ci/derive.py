"""An answer of the API as a record: what follows from names, labels and times, without the log."""

from __future__ import annotations

import re
from datetime import datetime

from influx_pipelines.sources.ci.api import Job, Run
from influx_pipelines.sources.ci.records import JobRecord

UNKNOWN = "unknown"
_OS_IN_NAME = re.compile(r"(?<![a-z0-9_])([a-z]+_\d+(?:_\d+)?)(?![0-9a-z_])")
_OS_IN_LABEL = re.compile(r"^(ubuntu|debian|fedora|centos|macos|windows)-(\d+)(?:\.(\d+))?")
_FREEBSD = re.compile(r"freebsd-(\d+)")

# The C library that a release of an operating system came with, by the notes of each release.
_LIBC = {
    "alpine_3_15": "musl_1.2.2",
    "alpine_3_16": "musl_1.2.3",
    "alpine_3_17": "musl_1.2.3",
    "alpine_3_18": "musl_1.2.4",
    "alpine_3_19": "musl_1.2.4",
    "alpine_3_20": "musl_1.2.5",
    "centos_7": "glibc_2.17",
    "centos_8": "glibc_2.28",
    "almalinux_8": "glibc_2.28",
    "almalinux_9": "glibc_2.34",
    "debian_9": "glibc_2.24",
    "debian_10": "glibc_2.28",
    "debian_11": "glibc_2.31",
    "debian_12": "glibc_2.36",
    "debian_13": "glibc_2.41",
    "fedora_34": "glibc_2.33",
    "fedora_35": "glibc_2.34",
    "fedora_36": "glibc_2.35",
    "fedora_37": "glibc_2.36",
    "fedora_38": "glibc_2.37",
    "fedora_39": "glibc_2.38",
    "fedora_40": "glibc_2.39",
    "ubuntu_16_04": "glibc_2.23",
    "ubuntu_18_04": "glibc_2.27",
    "ubuntu_20_04": "glibc_2.31",
    "ubuntu_22_04": "glibc_2.35",
    "ubuntu_24_04": "glibc_2.39",
}


def record_of(repository: str, run: Run, job: Job) -> JobRecord:
    """The record of a completed job, not classified yet; what a job lacks is that of its run."""
    started = job.started_at or job.created_at or run.created_at
    created = job.created_at or started
    completed = max(job.completed_at or started, started)
    system = os_version(job.name, job.labels)
    platform = "aarch64" if "aarch64" in job.name else "amd64"
    return JobRecord(
        repository=repository,
        run_id=run.id,
        run_attempt=job.run_attempt,
        job_id=job.id,
        job_name=job.name,
        workflow=run.name or UNKNOWN,
        event=run.event,
        branch=run.head_branch or "",
        commit=run.head_sha,
        status=job.status,
        conclusion=job.conclusion or UNKNOWN,
        run_created_at=run.created_at,
        created_at=created,
        queued_at=min(created, started),
        started_at=started,
        completed_at=completed,
        queue_seconds=seconds(created, started),
        duration_seconds=seconds(started, completed),
        platform=platform,
        os_version=system,
        runner_labels=job.labels,
        runner_name=job.runner_name or "",
        libc_version=_LIBC.get(system, UNKNOWN),
        gc64="gc64" in job.name or platform == "aarch64",
        url=job.html_url or "",
        run_url=run.html_url,
    )


def seconds(start: datetime, stop: datetime) -> float:
    """From one to the other, never below 0: clocks of GitHub and of runners differ."""
    return max((stop - start).total_seconds(), 0.0)


def os_version(name: str, labels: tuple[str, ...] = ()) -> str:
    """`ubuntu_20_04` of a job's name (`freebsd-13` there is `freebsd_13`), else of its labels."""
    lower = name.lower()
    if found := _FREEBSD.search(lower):
        return f"freebsd_{found[1]}"
    if found := _OS_IN_NAME.search(lower):
        return found[1]
    for label in labels:
        if found := _OS_IN_LABEL.match(label.lower()):
            return "_".join(part for part in found.groups() if part)
    return UNKNOWN
