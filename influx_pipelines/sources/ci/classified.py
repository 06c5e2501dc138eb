"""A job with what its log tells: the type of its failure, facts, tests."""

from __future__ import annotations

from dataclasses import replace
from typing import BinaryIO

from influx_pipelines.sources.ci.classify import Finding
from influx_pipelines.sources.ci.reading import LogReading, read_log
from influx_pipelines.sources.ci.records import JobRecord
from influx_pipelines.sources.ci.rules import Rules

NOT_FAILED = frozenset({"success", "skipped", "neutral"})


def classified(job: JobRecord, log: BinaryIO | None, rules: Rules) -> JobRecord:
    """The record of a job with the type of its failure, and what else its log tells.

    A job of any conclusion but a success, a skip or a cancellation is looked for in the rules; one
    that ran too long is "timed_out" when no rule says more. The queue ended when the job started,
    so that a log which begins later says nothing of it.

    Args:
        job: as the API tells it, or classified before.
        log: its log; None when there is none.
        rules: the types of failure.
    """
    reading = read_log(log, rules, job.repository) if log is not None else None
    found = _finding(job, reading)
    job = replace(
        job,
        failure_type=found.type if found else _type_without_rule(job, reading),
        category=found.category if found else "",
        severity=found.severity if found else "",
        evidence=found.line if found else "",
        evidence_line=found.line_number if found else None,
        classifier_version=rules.version,
    )
    return _with_facts(job, reading) if reading is not None else job


def _finding(job: JobRecord, reading: LogReading | None) -> Finding | None:
    if reading is None or job.conclusion in NOT_FAILED:
        return None
    if job.conclusion == "cancelled" and not reading.facts.too_long:
        return None
    return reading.finding


def _type_without_rule(job: JobRecord, reading: LogReading | None) -> str:
    if job.conclusion in NOT_FAILED:
        return "none"
    if job.conclusion == "timed_out" or (reading is not None and reading.facts.too_long):
        return "timed_out"
    if job.conclusion == "cancelled":
        return "cancelled"
    return "unmatched" if reading is not None else "no_log"


def _with_facts(job: JobRecord, reading: LogReading) -> JobRecord:
    facts = reading.facts
    queued = facts.queued_at
    if queued is None or queued > job.started_at:
        queued = job.queued_at
    return replace(
        job,
        queued_at=queued,
        queue_seconds=max((job.started_at - queued).total_seconds(), 0.0),
        runner_version=facts.runner_version,
        compiler_version=facts.compiler_version,
        debug=facts.debug,
        tests=reading.tests,
    )
