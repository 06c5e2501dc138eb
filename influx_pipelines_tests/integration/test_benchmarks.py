"""The benchmarks run, on next to nothing: their figures mean nothing here and are not looked at."""

from __future__ import annotations

import math

import pytest

from benchmarks import differences, show
from benchmarks.__main__ import GROUPS
from benchmarks.result import Result
from benchmarks.sizes import SMALLEST
from benchmarks.stub import ROOT

pytestmark = pytest.mark.embedded_process


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_of_benchmarks_gives_rows(group: str) -> None:
    results = list(GROUPS[group](SMALLEST))
    assert results or group == "memory"  # which needs Linux
    assert all(math.isfinite(found.ours) for found in results)
    assert len(show.markdown(results).splitlines()) == 2 + len(results)


def test_a_bar_is_met_by_the_ratio_and_by_the_limit() -> None:
    assert Result("twice as fast", 1.0, 2.0, times=2).met
    assert not Result("not fast enough", 1.0, 1.9, times=2).met
    assert Result("small enough", 64, most=64).met
    assert not Result("fast, but too large", 65, 1_000, times=2, most=64).met
    assert Result("only shown", 5.0, 1.0).met


def test_what_is_listed_as_a_difference_is_right_here() -> None:
    rows = list(differences.compared())
    assert {row.name: row.ours for row in rows} == {row.name: row.right for row in rows}
    listed = (ROOT / "docs/performance.md").read_text()
    assert all(f"| {row.name} |" in listed for row in rows)
