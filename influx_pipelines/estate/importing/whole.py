"""All kinds of a server, written into a folder that was empty."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from influx_pipelines.estate.importing.access import (
    import_buckets,
    import_secrets,
    import_tokens,
)
from influx_pipelines.estate.importing.objects import import_objects
from influx_pipelines.estate.importing.section import Section
from influx_pipelines.estate.kinds import DECLARED
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.observe import observe
from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.references import Node
from influx_pipelines.influx import dashboards
from influx_pipelines.influx.client import Influx

FOLDERS = frozenset(kind.key for kind in DECLARED if kind.in_folder)


def import_estate(client: Influx, folder: Path) -> list[Section]:
    """Write the estate of a server into a folder; what was written, and what was left out.

    Objects that others made are written with `adopt: true`.

    Raises:
        EstateError: the folder holds something, or cannot be written.
        IncompleteList: the token does not see everything.
        InfluxError: the server did not answer.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        text = "an import overwrites nothing: name a folder that is new or empty"
        raise EstateError([Problem(str(folder), 1, 1, text)])
    sections = _sections(client)
    try:
        _write(folder, sections)
    except OSError as error:
        text = f"the files cannot be written: {error.strerror}"
        raise EstateError([Problem(str(folder), 1, 1, text)]) from None
    return sections


def _write(folder: Path, sections: Iterable[Section]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for section in sections:
        for name, text in section.texts(one_a_file=section.key in FOLDERS).items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")


def _sections(client: Influx) -> list[Section]:
    """What is there, in the order in which one needs the other."""
    observed = observe(client)
    others = dict(observed.others)
    listed = others.get("dashboard", ())
    views = dashboards.all_whole(client, [one.id for one in listed])
    others["dashboard"] = tuple(views[one.id] for one in listed if one.id in views)
    made = {
        one.task_id
        for kind in ("monitoring_check", "notification_rule")
        for one in others.get(kind, ())
    }
    others["task"] = tuple(one for one in others.get("task", ()) if one.id not in made)
    names = {one.id: one.name for one in observed.buckets}
    names |= {one.id: one.name for one in others.get("notification_endpoint", ())}
    known: set[Node] = set()
    labels, *kinds = (kind for kind in DECLARED if isinstance(kind, ObjectKind))

    def of(kind: ObjectKind[Any, Any]) -> Section:
        return import_objects(kind, others.get(kind.name, ()), names, known)

    return [
        of(labels),
        import_buckets(observed.buckets, observed.mappings, known),
        import_secrets(others.get("secret"), known),
        *import_tokens(others.get("token"), names, known),
        *map(of, kinds),
    ]
