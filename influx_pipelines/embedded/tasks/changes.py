"""What a PATCH asks of a task: options are edited into the script, which is formatted anew."""

from __future__ import annotations

from dataclasses import dataclass

from influx_pipelines.embedded.http.answers import HIDDEN, Fault, invalid
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.gojson import go_type
from influx_pipelines.embedded.tasks.durations import go_duration, is_zero, read_duration
from influx_pipelines.embedded.tasks.options import read_script
from influx_pipelines.flux import ast
from influx_pipelines.flux.edit import edit_task
from influx_pipelines.flux.format import duration_text, format_file


@dataclass(slots=True)
class Changes:
    """What is given; an empty name or cron and an `every` of nothing count as not given."""

    flux: str | None
    status: str | None
    description: str | None
    options: dict[str, ast.Expression]
    no_offset: bool  # given as nothing: it is taken away where a script is made or edited
    counts: bool  # whether concurrency or retry is given; neither goes into the script

    def check(self) -> None:
        """Judge the values in the order of the real server, which looks at some only.

        Raises:
            Fault: 400.
        """
        match self.options:
            case {"every": _, "cron": _}:
                raise invalid("cannot specify both every and cron")
            case {"every": ast.DurationLiteral() as every}:
                try:  # it writes the sign of `-1h30m` before each part, and cannot read that
                    read_duration(duration_text(every))
                except ValueError as error:
                    raise invalid(f"every: {error} is invalid") from None
            case {"offset": ast.DurationLiteral() as offset}:
                text = duration_text(offset)
                try:
                    go_duration(text)
                except ValueError as error:
                    largest = "the largest unit supported is h"
                    raise invalid(f"offset: {text}, {error} is invalid, {largest}") from None
            case _ if self.status is None and not self.scripted:
                raise invalid("cannot update task without content")
            case _ if self.status not in (None, "active", "inactive"):
                raise invalid(f'invalid task status: "{self.status}"')

    @property
    def scripted(self) -> bool:
        """Whether the script is new or edited; an offset of nothing does not edit it alone."""
        return self.flux is not None or bool(self.options) or self.counts

    def script(self, old: str) -> str | None:
        """The new script; None when it stays.

        Raises:
            Fault: it does not parse, or has no option to edit.
        """
        if not self.scripted:
            return None
        edits = self.options or self.no_offset
        if self.flux is None and not edits:  # counts alone make the real server stumble
            raise Fault("internal error", HIDDEN)
        try:
            file = read_script(self.flux or old)
            if not edits:
                return self.flux
            edit_task(file, self.options, without_offset=self.no_offset)
            return format_file(file)
        except ValueError as error:
            raise Fault("internal error", str(error)) from None


def read_changes(asked: Body) -> Changes:
    """The changes of a body.

    Raises:
        Fault: 400.
    """
    flux, status, description = (_text(asked, name) for name in ("flux", "status", "description"))
    every, offset = _duration(asked, "every"), _duration(asked, "offset", "*")
    counts = any(asked.integer(name) is not None for name in ("concurrency", "retry"))
    options: dict[str, ast.Expression] = {
        name: ast.StringLiteral(text) for name in ("name", "cron") if (text := asked.text(name))
    }
    for name, duration in {"every": every, "offset": offset}.items():
        if duration is not None and not is_zero(duration):
            options[name] = duration
    no_offset = offset is not None and is_zero(offset)
    changes = Changes(flux, status, description, options, no_offset, counts)
    changes.check()
    return changes


def _text(asked: Body, name: str) -> str | None:
    return None if asked.get(name) is None else asked.text(name)


def _duration(asked: Body, name: str, pointer: str = "") -> ast.DurationLiteral | None:
    value = asked.get(name)
    if not isinstance(value, str | None):
        field = f"{asked.struct}{name} of type {pointer}options.Duration"
        raise invalid(f"json: cannot unmarshal {go_type(value)} into Go struct field {field}")
    try:
        return None if value is None else read_duration(value)
    except ValueError as error:
        raise invalid(str(error)) from None
