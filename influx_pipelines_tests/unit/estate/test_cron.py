from __future__ import annotations

import random

import pytest

from influx_pipelines.embedded.tasks.cron import read_cron
from influx_pipelines.estate.cron import check_cron

WORDS = "* */5 1 0 59 60 23 24 31 32 12 13 mon sun jan 1-5 5-1 1,2 0/5 2026 x 1- */0".split()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("61 * * * *", "'61' is no minute: write 0 to 59"),
        ("* * * 13 *", "'13' is no month"),
        ("* * 0 * *", "'0' is no day of the month"),
        ("0 0 0 mo * *", "'mo' is no day of the month"),
        ("daily", "five or six fields"),
        ("@sometimes", "none of @yearly"),
    ],
)
def test_what_is_no_expression_is_told(text: str, says: str) -> None:
    """A task with `61 * * * *` was planned, and refused after others had been made."""
    with pytest.raises(ValueError, match=says):
        check_cron(text)


def test_what_a_server_takes_is_not_refused() -> None:
    chosen = random.Random(1)
    taken = ["@daily", "@every 1h30m", " 0 6 * * mon-fri"]
    for _ in range(3_000):
        text = " ".join(chosen.choice(WORDS) for _ in range(chosen.choice([5, 5, 6, 7])))
        try:
            read_cron(text)
        except ValueError:
            continue
        taken.append(text)
    assert len(taken) > 10
    for text in taken:
        check_cron(text)
