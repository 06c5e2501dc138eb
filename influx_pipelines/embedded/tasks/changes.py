"""What a PATCH asks of a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from influx_pipelines.embedded.http.answers import Fault, invalid
from influx_pipelines.embedded.http.call import go_text
from influx_pipelines.embedded.tasks.durations import go_duration, is_zero, parse_duration, written
from influx_pipelines.flux import ast


@dataclass(slots=True)
class Changes:
    """Texts that are None are not asked for; options that are empty neither."""

    flux: str | None
    status: str | None
    description: str | None
    name: str
    cron: str
    every: ast.DurationLiteral | None
    offset: ast.DurationLiteral | None
    counts: bool  # whether concurrency or retry is given; neither goes into the script

    def script(self, old: str) -> str | None:
        """The script with the options edited into it; None when it stays.

        Raises:
            Fault: there is no option to edit.
        """
        if self.options_asked:
            raise Fault(
                "not implemented", "PATCH of an option is not supported by the embedded server"
            )
        return self.flux

    @property
    def options_asked(self) -> bool:
        """Whether an option is asked for."""
        given = self.name or self.cron or not is_zero(self.every) or not is_zero(self.offset)
        return bool(given or self.counts)


def read_changes(asked: dict[str, Any]) -> Changes:
    """The changes of a body, judged in the order of the real server, which stops early.

    Raises:
        Fault: 400.
    """
    texts = ("flux", "status", "description", "name", "cron")
    flux, status, description, name, cron = (go_text(asked, text) for text in texts)
    every, offset = (_duration(asked, text) for text in ("every", "offset"))
    counts = any(asked.get(text) is not None for text in ("concurrency", "retry"))
    changes = Changes(flux, status, description, name or "", cron or "", every, offset, counts)
    if every is not None and not is_zero(every):
        if cron:
            raise invalid("cannot specify both every and cron")
    elif offset is not None and not is_zero(offset):
        try:
            go_duration(written(offset))
        except ValueError as error:
            text = f"offset: {written(offset)}, {error} is invalid"
            raise invalid(f"{text}, the largest unit supported is h") from None
    elif flux is None and status is None and not changes.options_asked:
        raise invalid("cannot update task without content")
    elif status not in (None, "active", "inactive"):
        raise invalid(f'invalid task status: "{status}"')
    return changes


def _duration(asked: dict[str, Any], name: str) -> ast.DurationLiteral | None:
    text = go_text(asked, name)
    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise invalid(str(error)) from None
