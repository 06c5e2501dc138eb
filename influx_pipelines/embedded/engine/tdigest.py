"""A t-digest that merges: quantiles of many values from few centroids, estimated as InfluxDB does.

Up to about a thousand values every centroid holds one of them; between two values lies a line.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable
from itertools import islice


class Digest:
    """Centroids (mean, weight) of the values seen so far; NaN is left out."""

    def __init__(self, values: Iterable[float], compression: float = 1000.0) -> None:
        self.compression = compression
        self.centroids: list[tuple[float, float]] = []
        self.low, self.high = math.inf, -math.inf
        # The real one merges whenever its buffer is full, which decides what is merged with what.
        there = (value for value in values if value == value)
        while batch := list(islice(there, 8 * math.ceil(compression) + 1)):
            self._merge(batch)

    def _merge(self, values: list[float]) -> None:
        waiting = sorted([*((value, 1.0) for value in values), *self.centroids], key=lambda c: c[0])
        total = sum(weight for _, weight in waiting)
        mean, weight = waiting[0]
        merged, before = [], 0.0  # the weight of all centroids that are finished
        limit = total * self._share(1.0)
        for next_mean, next_weight in waiting[1:]:
            if before + weight + next_weight <= limit:
                weight += next_weight
                mean += next_weight * (next_mean - mean) / weight
                continue
            merged.append((mean, weight))
            before += weight
            limit = total * self._share(self._place(before / total) + 1.0)
            mean, weight = next_mean, next_weight
        merged.append((mean, weight))
        self.low, self.high = min(self.low, merged[0][0]), max(self.high, merged[-1][0])
        self.centroids = merged

    def _share(self, place: float) -> float:
        angle = min(place, self.compression) * math.pi / self.compression - math.pi / 2.0
        return (math.sin(angle) + 1.0) / 2.0

    def _place(self, share: float) -> float:
        return self.compression * (math.asin(2.0 * share - 1.0) + math.pi / 2.0) / math.pi

    def quantile(self, q: float) -> float:
        """The value below which about this share of the values lies; NaN of none."""
        if len(self.centroids) < 2:
            return self.centroids[0][0] if self.centroids else math.nan
        middles, total = [], 0.0
        for _, weight in self.centroids:
            middles.append(total + weight / 2.0)
            total += weight
        wanted = q * total
        first, first_weight = self.centroids[0]
        if wanted <= first_weight / 2.0:
            return self.low + 2.0 * wanted / first_weight * (first - self.low)
        above = bisect_left(middles, wanted)
        mean, weight = self.centroids[above - 1]
        if above < len(middles):
            following = self.centroids[above][0]
            return _between(mean, middles[above] - wanted, following, wanted - middles[above - 1])
        near = wanted - total - weight / 2.0
        return _between(mean, near, self.high, weight / 2.0 - near)


def _between(one: float, one_weight: float, other: float, other_weight: float) -> float:
    """The weighted mean of two values, held between them."""
    mean = (one * one_weight + other * other_weight) / (one_weight + other_weight)
    return max(min(one, other), min(mean, max(one, other)))
