from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from influx_pipelines.sources.ci.classified import classified
from influx_pipelines.sources.ci.facts import LogFacts
from influx_pipelines.sources.ci.reading import read_log
from influx_pipelines.sources.ci.rules import Rule, Rules
from influx_pipelines_tests.ci import job

RULES = Rules((Rule(name="bad", pattern="fatal", category="git", severity="warning"),))
TOO_LONG = (
    b"##[error]The job running on runner r has exceeded the maximum execution time of 360 minutes."
)


@pytest.mark.parametrize(
    ("conclusion", "log", "failure_type"),
    [
        ("success", b"fatal", "none"),
        ("skipped", None, "none"),
        ("failure", b"fatal", "bad"),
        ("failure", b"nothing known", "unmatched"),
        ("failure", None, "no_log"),
        ("startup_failure", None, "no_log"),
        ("timed_out", b"fatal", "bad"),
        ("timed_out", b"nothing known", "timed_out"),
        ("timed_out", None, "timed_out"),
        ("cancelled", b"fatal", "cancelled"),
        ("cancelled", None, "cancelled"),
        ("cancelled", TOO_LONG, "timed_out"),
        ("cancelled", b"fatal\n" + TOO_LONG, "bad"),
    ],
)
def test_every_conclusion_has_its_type_of_failure(
    conclusion: str, log: bytes | None, failure_type: str
) -> None:
    found = classified(job(conclusion=conclusion), io.BytesIO(log) if log else None, RULES)
    assert found.failure_type == failure_type
    assert found.classifier_version == RULES.version
    by_rule = failure_type == "bad"
    assert (found.category, found.severity, found.evidence, found.evidence_line) == (
        ("git", "warning", "fatal", 1) if by_rule else ("", "", "", None)
    )


def test_classifying_again_leaves_nothing_of_the_first_time() -> None:
    first = classified(job(conclusion="failure"), io.BytesIO(b"fatal"), RULES)
    again = classified(first, io.BytesIO(b"fatal"), Rules(()))
    assert (again.failure_type, again.category, again.evidence_line) == ("unmatched", "", None)


def test_the_queue_ends_when_the_job_starts_and_is_never_negative() -> None:
    """A log that began after the job gave -60 s in the replaced system."""
    started = datetime(2026, 1, 1, 12, 1, tzinfo=UTC)
    one = job(queued_at=started, started_at=started)
    early = classified(one, io.BytesIO(b"2026-01-01T12:00:30.1234567Z x\n"), RULES)
    assert early.queue_seconds == pytest.approx(29.876544)
    late = classified(one, io.BytesIO(b"2026-01-01T12:02:00.1234567Z x\n"), RULES)
    assert (late.queued_at, late.queue_seconds) == (started, 0.0)


def test_facts_are_read_from_their_lines() -> None:
    log = (
        b"\xef\xbb\xbf2026-01-01T12:00:30.1234567Z Requested labels: ubuntu-22.04\n"
        b"Current runner version: '2.311.0'\r\n"
        b"-- The C compiler identification is GNU 9.3.0\n"
        b"-- The CXX compiler identification is Clang 3\n"
        b"-- The C compiler identification is \x1b[1mGNU 11.4.0\x1b[0m\n"
        b" | Target: Linux-x86_64-Debug\n" + TOO_LONG
    )
    assert read_log(io.BytesIO(log), RULES).facts == LogFacts(
        datetime(2026, 1, 1, 12, 0, 30, 123456, tzinfo=UTC), "2.311.0", "GNU 11.4.0", True, True
    )


def test_what_a_log_does_not_tell_is_unknown() -> None:
    log = b"no time\n2026-01-01T00:00:00Z | Target: Linux-x86_64-RelWithDebInfo\n"
    assert read_log(io.BytesIO(log), RULES).facts == LogFacts()
    assert read_log(io.BytesIO(b""), RULES).facts == LogFacts()
    freebsd = read_log(io.BytesIO(b"Runner Version: v2.3.1\n"), RULES).facts
    assert freebsd.runner_version == "v2.3.1"
