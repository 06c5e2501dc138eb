"""The clocks: points carry our time, and retention, checks and tasks go by the server's."""

from __future__ import annotations

from collections.abc import Iterator

from influx_pipelines.doctor.result import Result, green, red, yellow
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.settings import SettingsError

NOTED, TOO_MUCH = 5.0, 60.0  # seconds
MEND = "Set both clocks by NTP: `timedatectl set-ntp true` on the one that is wrong."


def clock(subject: Subject) -> Iterator[Result]:
    """How far the server's clock is from ours."""
    try:
        found = subject.server
    except SettingsError:
        return
    if found.capabilities is not None:
        yield judge(found.skew)


def judge(skew: float | None) -> Result:
    """Judge a difference in seconds; None when the server tells no time."""
    if skew is None:
        return yellow("clock", "The server's answers have no date: its clock cannot be seen.")
    if abs(skew) <= NOTED:
        return green("clock", "the server's and ours agree")
    text = f"The server's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours."
    return (red if abs(skew) > TOO_MUCH else yellow)("clock", text, MEND)
