"""One pass over a log for all that is read from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from influx_pipelines.sources.ci.classify import Classifier, Finding
from influx_pipelines.sources.ci.facts import FactReader, LogFacts
from influx_pipelines.sources.ci.logs import blocks
from influx_pipelines.sources.ci.records import TestRecord
from influx_pipelines.sources.ci.rules import Rules
from influx_pipelines.sources.ci.testlog import TestReader


@dataclass(frozen=True, slots=True)
class LogReading:
    """What a log tells of its job."""

    finding: Finding | None
    facts: LogFacts
    tests: tuple[TestRecord, ...]


def read_log(log: BinaryIO, rules: Rules, repository: str = "") -> LogReading:
    """Classify a log and take facts and failed tests from it.

    Args:
        log: bytes of any encoding and length, read once; memory does not grow with it.
        rules: the types of failure.
        repository: owner/name, for rules that have a scope.
    """
    classifier, facts, tests = Classifier(rules.of(repository)), FactReader(), TestReader()
    for block in blocks(log):
        classifier.read(block)
        facts.read(block)
        tests.read(block)
    return LogReading(classifier.finding, facts.facts, tests.tests)
