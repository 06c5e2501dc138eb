from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.embedded.engine.tdigest import Digest

NUMBERS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=400)


@given(NUMBERS, st.floats(0, 1))
def test_of_few_values_each_stands_in_the_middle_of_its_share(
    numbers: list[float], q: float
) -> None:
    numbers.sort()
    place = q * len(numbers) - 0.5
    below = math.floor(place)
    one, other = (numbers[min(max(i, 0), len(numbers) - 1)] for i in (below, below + 1))
    expected = one + (other - one) * (place - below)
    assert Digest(numbers).quantile(q) == pytest.approx(expected, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("size", [1_001, 8_001, 8_002, 30_000])
def test_of_many_values_it_is_off_by_less_than_a_share_of_the_compression(size: int) -> None:
    numbers = [float(n) for n in range(size)]
    random.Random(size).shuffle(numbers)
    digest = Digest(numbers)
    assert len(digest.centroids) <= min(size, 2_000)
    assert sum(weight for _, weight in digest.centroids) == size
    means = [mean for mean, _ in digest.centroids]
    assert all(one <= other for one, other in pairwise(means))
    for q in (0.001, 0.25, 0.5, 0.9, 0.999):
        assert abs(digest.quantile(q) - q * size) < size / 1_000 + 1


def test_the_ends_are_exact() -> None:
    digest = Digest(float(n) for n in range(20_000))
    assert (digest.quantile(0.0), digest.quantile(1.0)) == (0.0, 19_999.0)


def test_what_is_no_number_is_left_out() -> None:
    assert Digest([math.nan, 1.0, math.nan, 3.0]).quantile(0.5) == 2.0
    assert math.isnan(Digest([math.nan]).quantile(0.5))
