"""Whose turn the next restore test is, and what is remembered of the others."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from influx_pipelines.backups.errors import BackupError
from influx_pipelines.backups.restore import trials
from influx_pipelines.backups.restore.trials import RestoreTest, RestoreTests, load_tests

BUCKETS = [("acme", name) for name in ("a", "b", "c")]
DAY = datetime(2026, 1, 1, tzinfo=UTC)


def run(
    tests: RestoreTests, buckets: list[tuple[str, str]], night: int, **how: str
) -> RestoreTests:
    org, bucket = tests.next_of(buckets)
    at = DAY + timedelta(days=night)
    return tests.with_test(
        RestoreTest(at=at, backup=f"b{night}", kind="native", org=org, bucket=bucket, **how)
    )


def test_every_bucket_has_its_turn_before_one_has_its_second() -> None:
    tests = RestoreTests()
    for night in range(7):
        tests = run(tests, BUCKETS, night)
    assert [test.bucket for test in tests.tests] == ["a", "b", "c", "a", "b", "c", "a"]


def test_a_new_bucket_comes_first_and_one_that_fails_does_not_keep_the_others_waiting() -> None:
    tests = RestoreTests()
    for night in range(4):
        tests = run(tests, BUCKETS, night, error="the server did not answer")
    tests = run(tests, [*BUCKETS, ("acme", "new")], 4)
    assert [test.bucket for test in tests.tests] == ["a", "b", "c", "a", "new"]
    assert tests.newest_proven == tests.tests[-1]


def test_old_tests_are_forgotten_but_for_the_last_of_each_bucket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trials, "KEPT", 4)
    tests = run(RestoreTests(), [("acme", "gone")], 0)
    for night in range(1, 20):
        tests = run(tests, BUCKETS, night)
    counts = Counter(test.bucket for test in tests.tests)
    assert counts["gone"] == 1
    assert len(tests.tests) == 5
    gone = tests.last_of("acme", "gone")
    assert gone is not None
    assert gone.at == DAY


def test_a_broken_record_is_not_taken_for_none(tmp_path: Path) -> None:
    """With another owner, the scratch buckets of a killed test would never be found again."""
    tests = run(RestoreTests(), BUCKETS, 0)
    tests.save(tmp_path)
    assert load_tests(tmp_path) == tests
    (tmp_path / trials.NAME).write_text("{")
    with pytest.raises(BackupError, match="restore-test-"):
        load_tests(tmp_path)
