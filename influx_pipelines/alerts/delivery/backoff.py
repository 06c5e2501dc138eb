"""How long to wait before a message is tried again."""

from __future__ import annotations

import random
from datetime import timedelta

from influx_pipelines.alerts.delivery.outcome import LONGEST_WAIT, Outcome

FIRST, LONGEST = 10.0, 600.0
JITTER = 0.2


def wait(outcome: Outcome, attempts: int, chance: float | None = None) -> timedelta:
    """What the receiver asked for, up to an hour; or 10 s, doubled with each try, up to 10 min.

    Args:
        outcome: of the last try.
        attempts: how many there were.
        chance: from 0 to 1 instead of a random one, for tests.
    """
    if outcome.retry_after is not None:
        return timedelta(seconds=min(max(outcome.retry_after, 1.0), LONGEST_WAIT))
    chance = random.random() if chance is None else chance
    seconds = min(FIRST * 2 ** min(attempts - 1, 10), LONGEST)
    return timedelta(seconds=seconds * (1 + JITTER * (2 * chance - 1)))
