"""Puts the files of a declaration together; a name may be declared once."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

from influx_pipelines.estate import yamlmarks
from influx_pipelines.estate.document import BucketsDocument
from influx_pipelines.estate.kinds import DECLARED
from influx_pipelines.estate.kinds.declared import BadEntry, DeclaredKind, Surroundings
from influx_pipelines.estate.model import BucketSpec, Estate
from influx_pipelines.estate.problems import Problem
from influx_pipelines.estate.references import Node, Wanted, reference_problems


class Written(NamedTuple):
    """An entry, and where it stands."""

    kind: DeclaredKind[Any]
    entry: Any
    file: str
    path: yamlmarks.Path
    marked: yamlmarks.Marked

    def problem(self, path: yamlmarks.Path, text: str) -> Problem:
        """A problem of the key below the entry."""
        return Problem(self.file, *self.marked.place((*self.path, *path)), text)


class Collector:
    """Takes file after file; what is wrong between them is added to the problems."""

    def __init__(self, problems: list[Problem], folder: Path) -> None:
        self.problems = problems
        self.folder = folder
        self.applications: list[str] = []
        self.written: list[Written] = []
        self.buckets: dict[str, BucketSpec] = {}
        self.mappings: str | tuple[str, ...] | None = None
        self.others: dict[str, dict[str, Any]] = defaultdict(dict)
        self.places: dict[tuple[str, str], str] = {}
        self.wanted: list[Wanted] = []
        self._taken: dict[tuple[str, str], str] = {}

    def add(self, file: str, document: BucketsDocument, marked: yamlmarks.Marked) -> None:
        """The content of one file."""
        if document.mappings is not None:
            self._mappings(file, document.mappings, marked.place(("mappings",)))
        for index, entry in enumerate(document.buckets):
            spec = BucketSpec(
                entry.name, entry.retention, entry.description, entry.shard_group, entry.adopt
            )
            self._bucket(file, spec, marked.place(("buckets", index, "name")))
        applications = document.applications
        for index, name in enumerate(applications.names if applications else ()):
            spec = BucketSpec(
                name.replace("-", "_"),
                applications.retention,  # type: ignore[union-attr]
                applications.description.replace("{name}", name),  # type: ignore[union-attr]
                application=True,
            )
            self._bucket(file, spec, marked.place(("applications", "names", index)))
            self.applications.append(spec.name)
        self.written += [
            Written(kind, entry, file, (kind.key, index), marked)
            for kind in DECLARED
            for index, entry in enumerate(getattr(document, kind.key))
        ]

    def estate(self) -> Estate:
        """Everything together; entries and references that lead nowhere become problems."""
        around = Surroundings(self.folder, tuple(self.applications))
        for one in self.written:
            try:
                for entry in one.kind.expand(one.entry, around):
                    self._entry(one, entry)
            except BadEntry as error:
                self.problems.append(one.problem(error.path, str(error)))
        known = {Node("bucket", name) for name in self.buckets}
        known |= {Node(kind.name, name) for kind in DECLARED for name in self.others[kind.key]}
        self.problems += reference_problems(self.wanted, known)
        mappings = "all" if self.mappings is None else self.mappings
        found = Estate(self.buckets, mappings, dict(self.others), self.places)
        for kind in DECLARED:
            self.problems += kind.problems(found)
        return found

    def _mappings(self, file: str, wanted: str | list[str], mark: yamlmarks.Mark) -> None:
        if self.mappings is not None:
            self.problems.append(Problem(file, *mark, "another file says mappings too: keep one"))
        self.mappings = wanted if isinstance(wanted, str) else tuple(wanted)

    def _bucket(self, file: str, spec: BucketSpec, mark: yamlmarks.Mark) -> None:
        new = self._is_new("bucket", spec.name, spec.name, file, mark)
        if (
            new
            and spec.shard_group_seconds
            and 0 < spec.retention_seconds < spec.shard_group_seconds
        ):
            text = f"{spec.name!r}: the shard group is longer than the retention"
            self.problems.append(Problem(file, *mark, text))
        self.places["buckets", spec.name] = f"{file}:{mark[0]}:{mark[1]}"
        self.buckets[spec.name] = spec

    def _entry(self, written: Written, entry: Any) -> None:
        kind, file = written.kind, written.file
        mark = written.marked.place((*written.path, "name"))
        self._is_new(kind.name, entry.name, kind.identity(entry.name), file, mark)
        self.places[kind.key, entry.name] = f"{file}:{mark[0]}:{mark[1]}"
        self.others[kind.key][entry.name] = entry
        self.wanted += [
            Wanted(
                Node(kind.name, entry.name),
                Node(need.kind, need.name),
                written.problem(need.path, ""),
            )
            for need in kind.references(entry)
        ]

    def _is_new(self, kind: str, name: str, identity: str, file: str, mark: yamlmarks.Mark) -> bool:
        place = f"{file}:{mark[0]}"
        before = self._taken.get((kind, identity))
        self._taken[kind, identity] = place
        if before is None:
            return True
        text = f"the {kind} {name!r} is declared already in {before}: keep one"
        self.problems.append(Problem(file, *mark, text))
        return False
