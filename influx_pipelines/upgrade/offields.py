"""A field called `time`: 2.9 answers 422 to it."""

from __future__ import annotations

from collections.abc import Iterator

from influx_pipelines.upgrade.facts import Facts
from influx_pipelines.upgrade.finding import Finding
from influx_pipelines.upgrade.timefields import makes_time_field, telegraf_makes_time_field
from influx_pipelines.upgrade.words import some

CHANGE = (
    "A field `time` is left out of a point that is stored: 2.7 says nothing, 2.9 answers 422, an "
    "error to whoever writes."
)
RENAME = "Give the field another name there, before whoever writes meets the 422."
ASK = "Ask those who write by themselves, or try their lines on a server 2.9."


def time_fields(facts: Facts) -> Iterator[Finding]:
    """Who may write one: what is in sight, and that others are not."""
    found = {f"task {one.name}": makes_time_field(one.text) for one in facts.tasks}
    for one in facts.telegrafs:
        found[f"Telegraf configuration {one.name}"] = telegraf_makes_time_field(one.text)
    if makers := [name for name, makes in found.items() if makes]:
        yield Finding("do", "2.9", "field time", f"{CHANGE} {some(makers)} may make one.", RENAME)
    if dark := [name for name, makes in found.items() if makes is None]:
        text = f"Whether a field `time` comes of {some(dark)} depends on what is read there."
        yield Finding("unknown", "2.9", "field time", text, "Look at what it writes in a test.")
    text = "This project's own writers never send one"
    if not makers and not dark:
        text += f", nor do {len(facts.tasks)} tasks and {len(facts.telegrafs)} configurations of "
        text += "Telegraf name one"
    text = f"{CHANGE} {text}. Who else writes, neither the server nor what is stored can tell."
    yield Finding("unknown", "2.9", "field time", text, ASK)
