"""Webhooks from several clients at once, as fast as they are answered."""

from __future__ import annotations

import http.client
import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import inf
from urllib.parse import urlsplit

from influx_pipelines_tests.api import WEBHOOK, posted

SERIES = 25  # of each client


@dataclass
class Flood:
    """Statuses of the answers, and seconds of each."""

    answers: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    took: float = 0.0

    @property
    def per_second(self) -> float:
        return sum(self.answers.values()) / self.took

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def __str__(self) -> str:
        return (
            f"{sum(self.answers.values())} webhooks, {self.per_second:.0f}/s, "
            f"p50 {self.percentile(0.5):.1f} ms, p99 {self.percentile(0.99):.1f} ms, "
            f"{dict(self.answers)}"
        )


def flood(
    url: str, name: str, *, seconds: float = inf, each: int = sys.maxsize, clients: int = 8
) -> Flood:
    """Post statuses of hosts of that name, all different; each client one after another.

    It ends after the seconds, or when each client has posted so many.
    """
    total = Flood()
    begun = time.monotonic()

    def post(number: int) -> Flood:
        return _client(url, f"{name}-{number}", begun + seconds, each)

    with ThreadPoolExecutor(clients) as pool:
        for one in pool.map(post, range(clients)):
            total.answers += one.answers
            total.seconds += one.seconds
    total.took = time.monotonic() - begun
    return total


def _client(url: str, client: str, until: float, most: int) -> Flood:
    found = Flood()
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {WEBHOOK}", "Content-Type": "application/json"}
    body = posted()
    for number in range(1, most + 1):
        if time.monotonic() >= until:
            break
        body["host"] = f"{client}-{number % SERIES}"
        body["_level"] = "crit" if number // SERIES % 10 else "ok"
        body["_status_timestamp"] += 1
        begun = time.perf_counter()
        connection.request("POST", "/influxdb/alert", json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
        found.seconds.append(time.perf_counter() - begun)
        found.answers[answer.status] += 1
    connection.close()
    return found
