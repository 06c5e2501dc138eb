from __future__ import annotations

import gzip
import io
import random
import re
import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influx_pipelines.sources.ci.classify import Classifier, classify
from influx_pipelines.sources.ci.logs import SHOWN, blocks
from influx_pipelines.sources.ci.rules import Rule, Rules

# `a\s+b` and `[^a]x` can reach over a line break when lines are searched together.
PATTERNS = ("aa", r"a\s+b", "[^a]x", "^b", "x$", r"\bc\b", r"^\b", "(?s)c.*c", "b.a", "aa|xx")
TEXT = st.lists(st.sampled_from([b"a", b"b", b"c", b"x", b" ", b"\x00", b"\xff"]), max_size=9)
PIECES = st.one_of(TEXT.map(b"".join), st.sampled_from([b"\x1b[31ma\x1b[0ma", b"a\r", b"\xc3"]))
LOGS = st.lists(PIECES, max_size=25).map(lambda lines: b"".join(line + b"\n" for line in lines))
RULES = st.lists(st.tuples(st.sampled_from(PATTERNS), st.integers(0, 2)), min_size=1, max_size=5)


def rules(*given: tuple[str, int]) -> Rules:
    return Rules(
        tuple(
            Rule(name=f"r{number}", pattern=pattern, category="c", priority=priority)
            for number, (pattern, priority) in enumerate(given)
        )
    )


def plainly(log: bytes, of: Sequence[Rule]) -> tuple[str, int] | None:
    """Line by line with Python's own expressions, as the rules are documented."""
    best: tuple[int, str, int] | None = None
    for number, raw in enumerate(log.split(b"\n"), 1):
        line = re.sub(rb"\x1b\[[0-9;]*m", b"", raw).removesuffix(b"\r")
        matching = [rule for rule in of if re.search(rule.pattern.encode(), line)]
        for rule in sorted(matching, key=lambda rule: -rule.priority)[:1]:
            if best is None or rule.priority >= best[0]:
                best = rule.priority, rule.name, number
    return best[1:] if best else None


@settings(max_examples=300, deadline=None)
@given(log=LOGS, of=RULES, size=st.integers(24, 60))
def test_blocks_of_lines_are_classified_as_lines_one_by_one_are(
    log: bytes, of: list[tuple[str, int]], size: int
) -> None:
    classifier = Classifier(rules(*of).rules)
    for block in blocks(io.BytesIO(log), size=size):
        classifier.read(block)
    found = classifier.finding
    expected = plainly(log, rules(*of).rules)
    assert (found and (found.type, found.line_number)) == expected


def test_the_last_line_counts_and_on_one_line_the_order_of_the_rules() -> None:
    log = b"first\nsecond first\nnothing\n"
    found = classify(io.BytesIO(log), rules(("second", 0), ("first", 0)))
    assert found is not None and (found.type, found.line_number) == ("r0", 2)


def test_a_higher_priority_counts_wherever_it_stands() -> None:
    log = b"cause\n" + b"x\n" * 10_000 + b"symptom\n"
    found = classify(io.BytesIO(log), rules(("symptom", 0), ("cause", 1)))
    assert found is not None and (found.type, found.line_number) == ("r1", 1)


def test_patterns_with_groups_of_the_same_name_and_with_flags_stand_beside_each_other() -> None:
    both = rules(("(?P<n>a)(?i)bc", 0), (r"(?P<n>d)\Q(\E", 0))
    assert classify(io.BytesIO(b"aBC\n"), both)
    assert classify(io.BytesIO(b"d(\n"), both)
    assert classify(io.BytesIO(b"D(\n"), both) is None


def test_a_match_over_a_line_break_is_none() -> None:
    """The rules are for lines, whatever is searched at once."""
    assert classify(io.BytesIO(b"a\nb\n"), rules((r"a\s+b", 0))) is None
    found = classify(io.BytesIO(b"a b\na\nb\n"), rules((r"a\s+b", 0)))
    assert found is not None and found.line_number == 1


def test_colour_codes_and_any_bytes_are_no_obstacle() -> None:
    """The replaced reader never ended on bytes that are no UTF-8."""
    log = b"\xef\xbb\xbf\xff\xfe\x00\n\x1b[1;31mfa\x1b[0mtal: \xc3 \x00bad\x1b]0;t\x07\r\nafter\n"
    found = classify(io.BytesIO(log), rules((r"^fatal: .*bad$", 0)))
    assert found is not None
    assert (found.line_number, found.line) == (2, "fatal: �  bad")


class _LongLine(io.RawIOBase):
    """A hundred megabytes without a line break; a letter of two bytes is cut at every read."""

    def __init__(self, end: bytes) -> None:
        self.left, self.end = 100 * 10**6, end

    def read(self, size: int = -1) -> bytes:
        if self.left > 0:
            self.left -= size
            return (b"\xa9" + b"\xc3\xa9" * (size // 2))[: size - 1] + b"\xc3"
        end, self.end = self.end, b""
        return end


def test_a_line_of_a_hundred_megabytes_is_read_in_little_memory() -> None:
    tracemalloc.start()
    try:
        found = classify(_LongLine(b"fatal: bad\nend"), rules(("fatal: bad$", 0)))  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found is not None and found.line_number == 1
    assert "fatal: bad" in found.line and len(found.line) <= SHOWN
    assert peak < 20 * 2**20


@pytest.mark.parametrize("size", [16, 17, 18, 19, 20, 21, 22, 23])
def test_a_match_in_a_long_line_is_found_wherever_the_line_is_cut(size: int) -> None:
    classifier = Classifier(rules(("fatal", 0)).rules)
    for block in blocks(io.BytesIO(b"\n" + b"." * 37 + b"fatal" + b"." * 50), size=size, overlap=8):
        classifier.read(block)
    assert classifier.finding is not None and classifier.finding.line_number == 2


def test_a_stream_that_gives_little_at_a_time_is_read_whole() -> None:
    """A packed log is read so."""
    text = b"".join(b"line %d\n" % n for n in range(20_000)) + b"fatal\n"
    with gzip.open(io.BytesIO(gzip.compress(text))) as packed:
        found = classify(packed, rules(("fatal", 0)))  # type: ignore[arg-type]
    assert found is not None and found.line_number == 20_001


def test_a_log_in_which_every_line_almost_matches_ends_soon() -> None:
    """Matches over line breaks are told apart in time that is linear in the lines."""
    text = b"a\n" + b" b a\n" * 20_000
    found = classify(io.BytesIO(b"a b\n" + text), rules((r"a\s+b", 0)))
    assert found is not None and found.line_number == 1
    shuffled = [b"a", b"b"] * 5_000
    random.Random(1).shuffle(shuffled)
    assert classify(io.BytesIO(b"\n".join(shuffled)), rules((r"a\s+b", 0))) is None
