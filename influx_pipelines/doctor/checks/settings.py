"""The settings: which are set, which cannot be used, and names that nobody reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from influx_pipelines.doctor.result import Result, green, red, yellow
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.settings import SettingsError, known_variables, set_variables

PREFIX = "INFLUX_PIPELINES_"


def settings(subject: Subject) -> Iterator[Result]:
    """Names alone: a value may be a secret."""
    found = set_variables()
    known = known_variables()
    names = sorted(name for name in found if name in known)
    yield green("settings", f"set: {', '.join(names)}" if names else "none is set: all defaults")
    yield from unknown(sorted(set(found) - known), known)


def unknown(names: Iterable[str], known: Iterable[str]) -> Iterator[Result]:
    """Variables with our prefix that no setting has."""
    for name in names:
        if name.startswith(PREFIX):
            close = get_close_matches(name, known, 1)
            hint = f"Did you mean {close[0]}?" if close else "Take it away."
            yield yellow("settings", f"{name} is no setting: nobody reads it.", hint)


def unusable(error: SettingsError) -> Iterator[Result]:
    """One result for each variable that is wrong; the message names it and what to write."""
    for line in str(error).splitlines():
        name = line.partition(":")[0]
        mend = f"Set {name} to what it should be, or take it away, in the environment or .env."
        yield red("settings", line, f"{mend} Nothing else can be looked at before.")
