"""Which rule tells why a job failed: the last line that matches, of the highest priority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import BinaryIO

from influx_pipelines.sources.ci import patterns
from influx_pipelines.sources.ci.logs import Block, blocks, shown
from influx_pipelines.sources.ci.rules import Rule, Rules


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule, and the line that it matched as evidence."""

    type: str
    category: str
    severity: str
    line_number: int
    line: str
    """Of bounded length, without colour codes."""


def classify(log: BinaryIO, rules: Rules, repository: str = "") -> Finding | None:
    """What a log tells; None when no rule matches a line of it.

    Of the rules of the highest priority that match anywhere, the last matching line counts; on
    that line the rule that comes first in the file.

    Args:
        log: bytes of any encoding and length, read once.
        rules: which rules there are.
        repository: leaves out rules that are for others; with none every rule counts.
    """
    classifier = Classifier(rules.of(repository))
    for block in blocks(log):
        classifier.read(block)
    return classifier.finding


class Classifier:
    """Reads block after block; `finding` is what the blocks so far tell."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._levels = _levels(tuple(rules))
        self.finding: Finding | None = None

    def read(self, block: Block) -> None:
        """Take in the next block."""
        if not self._levels or not self._levels[-1].matches_up_to_here(block):
            return  # as most blocks do
        for place, level in enumerate(self._levels):
            if found := level.last(block):
                self.finding = found
                self._levels = self._levels[: place + 1]  # lower priorities count no more
                return


class _Level:
    """The rules of one priority; `higher` are those before it."""

    def __init__(self, rules: Sequence[Rule], higher: Sequence[Rule]) -> None:
        self._rules = [(rule, patterns.compiled(rule.pattern)) for rule in rules]
        texts = [rule.pattern for rule in rules]
        self._any = patterns.any_of(texts)
        self._last = patterns.last_of(texts)
        self._up_to_here = patterns.any_of([*texts, *(rule.pattern for rule in higher)])

    def matches_up_to_here(self, block: Block) -> bool:
        """Whether a block can hold a match of this priority or of a higher one."""
        return self._up_to_here.search(block.text) is not None

    def last(self, block: Block) -> Finding | None:
        r"""The last line of a block that a rule matches.

        The pattern of all rules runs over the block at once, line breaks and all. What it finds
        can reach over a line break, as `a\s+b` does, so that its last line is looked at alone; no
        later line can match, but one before may.
        """
        text = block.text
        match = self._last.match(text)
        end = match.end() if match else -1
        while end >= 0:
            start = text.rfind(b"\n", 0, end) + 1
            stop = text.find(b"\n", end)
            line = text[start : stop if stop >= 0 else len(text)]
            if self._any.search(line):
                return self._finding(line, block.number_at(start))
            end = start - 1  # the line break of the line before
        return None

    def _finding(self, line: bytes, number: int) -> Finding:
        rule, match = next(
            (rule, match) for rule, pattern in self._rules if (match := pattern.search(line))
        )
        evidence = shown(line, match.start())
        return Finding(rule.name, rule.category, rule.severity, number, evidence)


@lru_cache(maxsize=16)
def _levels(rules: tuple[Rule, ...]) -> list[_Level]:
    """The highest priority first."""
    levels = []
    for priority in sorted({rule.priority for rule in rules}, reverse=True):
        here = [rule for rule in rules if rule.priority == priority]
        levels.append(_Level(here, [rule for rule in rules if rule.priority > priority]))
    return levels
