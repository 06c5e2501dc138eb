"""Tasks: rendered and compiled when the files are read, so that no broken one meets a server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

from influx_pipelines.estate.changes import Change, Finding
from influx_pipelines.estate.kinds.applications import filled, is_named
from influx_pipelines.estate.kinds.declared import BadEntry, LabelledEntry, Surroundings
from influx_pipelines.estate.kinds.filenames import file_name
from influx_pipelines.estate.kinds.kind import Doing, Look, Step
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.kinds.task_entry import TaskEntry
from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.script import Script, ScriptError, compiled, read_script, same_script
from influx_pipelines.estate.templates import TemplateError, Templates
from influx_pipelines.flux.durations import NS, Duration
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.collection import Collection
from influx_pipelines.influx.errors import NotFound, NotSupported
from influx_pipelines.influx.models import Task

FOLDER = "tasks"
ANALYZE = "/api/v2/query/analyze"
AT_ONCE = 8
SPREAD_SECONDS = 60


class TaskScript(LabelledEntry):
    """One task as it is to be on the server; everything else stands in its script."""

    flux: str
    buckets: frozenset[str] = frozenset()  # that it names
    status: Literal["active", "inactive"] = "active"


class TaskKind(ObjectKind[TaskScript, Task]):
    """Names are not unique on a server: one of ours with the name is the one that counts."""

    name, key = "task", "tasks"
    about = "Tasks: Flux on a schedule."
    entry = TaskEntry
    collection = Collection("tasks", Task, paged="after")

    def expand(self, entry: TaskEntry, around: Surroundings) -> Iterator[TaskScript]:
        """One task, or one an application.

        Raises:
            BadEntry: there is no such file, or what it gives is no task.
        """
        templates = Templates(around.folder / FOLDER)
        for bucket in around.applications if entry.each else ("",):
            name = filled(entry.name, bucket)
            key = "template" if entry.template else "script"
            try:
                script = _script(entry, name, bucket, templates, around.folder)
            except (TemplateError, ScriptError) as error:
                raise BadEntry((key,), f"{name}: {error}") from None
            yield TaskScript(
                name=name,
                description=filled(entry.description, bucket),
                adopt=entry.adopt,
                labels=entry.labels,
                flux=script.flux,
                buckets=script.buckets,
                status=entry.status,
            )

    def wanted(self, entry: TaskScript) -> Mapping[str, Any]:
        """The script and whether it runs."""
        return {"flux": entry.flux, "status": entry.status}

    def written(self, found: Task, names: Mapping[str, str]) -> Mapping[str, Any]:
        """A script of its own, which holds all of its options.

        Raises:
            ValueError: it is none that may be declared.
        """
        if is_named(found.name + found.description):
            raise ValueError("{bucket} in a name or description means an application here")
        compiled(found.flux, found.name)
        return {"script": _file(found), "status": found.status}

    def files(self, found: Task) -> Mapping[str, str]:
        """The script."""
        return {_file(found): found.flux}

    def present(self, found: Task) -> Mapping[str, Any]:
        """The same as they are on the server."""
        return {"flux": found.flux, "status": found.status}

    def is_same(self, key: str, wanted: Any, present: Any) -> bool:
        """A server lays a script out anew when one of its options is changed."""
        return same_script(wanted, present) if key == "flux" else bool(wanted == present)

    def steps(self, look: Look) -> Iterator[Step]:
        """With a finding for each bucket that a new script names and that will not be there.

        A server takes such a script, and its runs fail.
        """
        there = {*look.declared.buckets, *(bucket.name for bucket in look.observed.buckets)}
        for step in super().steps(look):
            yield step
            new = isinstance(step, Change) and "flux" in step.after
            named = look.declared.of(self.key)[step.name].buckets if new else frozenset()
            for name in sorted(named - there):
                text = f"its script names the bucket {name!r}, which is neither declared nor there"
                yield Finding(self.name, step.name, "missing", text)

    def refused(self, changes: Sequence[Change], client: Influx) -> Iterator[tuple[Change, str]]:
        """What the server thinks of the scripts that are new to it."""
        asked = [change for change in changes if "flux" in change.after]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            faults = pool.map(lambda one: _fault(client, one.after["flux"]), asked)
            yield from ((one, fault) for one, fault in zip(asked, faults, strict=True) if fault)

    def prepare(self, changes: Sequence[Change], doing: Doing) -> None:
        """Ask the server too what it thinks of every script, before it gets the first one.

        Raises:
            EstateError: naming each script that it does not take, with its place.
        """
        problems = [
            Problem.at(change.place, f"{change.name}: the server says: {fault}")
            for change, fault in self.refused(changes, doing.client)
        ]
        if problems:
            raise EstateError(problems)

    def create(self, change: Change, doing: Doing) -> str:
        """Its name stands in the script."""
        made = self.collection.create(
            doing.client, change.after, lambda one: one.name == change.name and self.is_ours(one)
        )
        return str(made.id)

    def update(self, change: Change, doing: Doing) -> None:
        """With the status that it has, since a description alone is refused."""
        found = self.collection.get(doing.client, change.id)
        body = {"status": found.status, **change.after}
        self.collection.update(doing.client, change.id, body)


def _file(found: Task) -> str:
    return f"{FOLDER}/{file_name(found.name)}.flux"


def _fault(client: Influx, flux: str) -> str:
    """The first error that the server finds in a script; none when it cannot be asked."""
    try:
        answer = client.request("POST", ANALYZE, json={"query": flux, "type": "flux"})
    except (NotFound, NotSupported):
        return ""
    first = next(iter(answer.get("errors") or []), None)
    return f"{first['message']} at {first['line']}:{first['column']}" if first else ""


def _script(entry: TaskEntry, name: str, bucket: str, templates: Templates, folder: Path) -> Script:
    """The script of a task.

    Raises:
        TemplateError: the template gives none.
        ScriptError: it is no task.
    """
    if entry.script:
        path = Path(entry.script)
        if path.is_absolute() or ".." in path.parts:
            raise ScriptError("a script is in the estate's folder: another one is not watched")
        try:
            flux = (folder / path).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text"
            raise ScriptError(f"{entry.script!r} cannot be read: {reason}") from None
        return read_script(flux, name)
    template, values = entry.template or "", dict(entry.parameters)
    if entry.suppressions:
        values["suppressions"] = entry.suppressions
    given = {"bucket": bucket} if entry.each else {}
    flux = templates.render(
        template, values, task=_option(entry, name), suppressions=entry.suppressions, **given
    )
    try:
        return read_script(flux, name)
    except ScriptError as error:
        raise ScriptError(f"what {template}.flux.j2 gives: {error}") from None


def _option(entry: TaskEntry, name: str) -> dict[str, Any]:
    """The members of `option task`."""
    when = {"every": entry.every} if entry.every is not None else {"cron": entry.cron}
    offset = entry.offset if entry.offset is not None else spread(name, entry.every)
    return {"name": name, **when, **({"offset": offset} if offset.nanoseconds else {})}


def spread(name: str, every: Duration | None) -> Duration:
    """Seconds below a minute and below `every`, always the same for a name."""
    most = min(SPREAD_SECONDS, every.seconds) if every else SPREAD_SECONDS
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return Duration(0, number % max(most, 1) * NS["s"])
