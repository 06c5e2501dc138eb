"""What a PATCH asks of a task: options are edited into the script, which is formatted anew."""

from __future__ import annotations

from dataclasses import dataclass

from influx_pipelines.embedded.http.answers import HIDDEN, Fault, invalid
from influx_pipelines.embedded.http.body import Body, go_type
from influx_pipelines.embedded.tasks.durations import go_duration, written
from influx_pipelines.embedded.tasks.options import read_script
from influx_pipelines.flux import ast
from influx_pipelines.flux.edit import edit_task, is_zero, signed_duration
from influx_pipelines.flux.format import format_file


@dataclass(slots=True)
class Changes:
    """What is given; an empty name or cron and an `every` of nothing count as not given."""

    flux: str | None
    status: str | None
    description: str | None
    name: str
    cron: str
    every: ast.DurationLiteral | None
    offset: ast.DurationLiteral | None
    counts: bool  # whether concurrency or retry is given; neither goes into the script

    @property
    def option(self) -> bool:
        """Whether an option is given; an offset of nothing counts beside others only."""
        return bool(self.name or self.cron or self.every or self._offset or self.counts)

    @property
    def _offset(self) -> bool:
        return self.offset is not None and not is_zero(self.offset)

    def check(self) -> None:
        """Judge the values in the order of the real server, which looks at some only.

        Raises:
            Fault: 400.
        """
        if self.every:
            if self.cron:
                raise invalid("cannot specify both every and cron")
            try:  # it writes the sign of `-1h30m` before each part, and cannot read that
                signed_duration(written(self.every))
            except ValueError as error:
                raise invalid(f"every: {error} is invalid") from None
        elif self._offset:
            try:
                go_duration(written(self.offset))
            except ValueError as error:
                text = f"offset: {written(self.offset)}, {error} is invalid"
                raise invalid(f"{text}, the largest unit supported is h") from None
        elif self.flux is None and self.status is None and not self.option:
            raise invalid("cannot update task without content")
        elif self.status not in (None, "active", "inactive"):
            raise invalid(f'invalid task status: "{self.status}"')

    def script(self, old: str) -> str | None:
        """The new script; None when it stays.

        Raises:
            Fault: it does not parse, or has no option to edit.
        """
        if self.flux is None and not self.option:
            return None
        edits = self.name or self.cron or self.every or self.offset is not None
        if self.flux is None and not edits:  # counts alone make the real server stumble
            raise Fault("internal error", HIDDEN)
        try:
            file = read_script(self.flux or old)
            if not edits:
                return self.flux
            edit_task(file, name=self.name, every=self.every, cron=self.cron, offset=self.offset)
            return format_file(file)
        except ValueError as error:
            raise Fault("internal error", str(error)) from None


def read_changes(asked: Body) -> Changes:
    """The changes of a body.

    Raises:
        Fault: 400.
    """
    asked.struct = "."
    flux, status, description = (_text(asked, name) for name in ("flux", "status", "description"))
    every, offset = _duration(asked, "every"), _duration(asked, "offset", "*")
    every = None if every is None or is_zero(every) else every
    counts = any(asked.integer(name) is not None for name in ("concurrency", "retry"))
    texts = (flux, status, description, asked.text("name"), asked.text("cron"))
    changes = Changes(*texts, every, offset, counts)
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
        return None if value is None else signed_duration(value)
    except ValueError as error:
        raise invalid(str(error)) from None
