"""Puts the files of a declaration together; a name may be declared once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from influx_pipelines.estate import yamlmarks
from influx_pipelines.estate.document import BucketsDocument
from influx_pipelines.estate.kinds import DECLARED
from influx_pipelines.estate.kinds.declared import BadEntry, DeclaredKind, Surroundings
from influx_pipelines.estate.labels import identity
from influx_pipelines.estate.model import Applications, BucketEntry, BucketSpec, Estate
from influx_pipelines.estate.problems import Problem
from influx_pipelines.estate.references import Node, Wanted, reference_problems


class Place(NamedTuple):
    """A place in a file: the path of a value."""

    file: str
    marked: yamlmarks.Marked
    path: yamlmarks.Path = ()

    def at(self, *path: str | int) -> Place:
        """A place below this one."""
        return Place(self.file, self.marked, (*self.path, *path))

    def problem(self, text: str) -> Problem:
        """A problem of what stands here."""
        return Problem(self.file, *self.marked.place(self.path), text)

    @property
    def line(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.marked.place(self.path)[0]}"

    def __str__(self) -> str:
        line, column = self.marked.place(self.path)
        return f"{self.file}:{line}:{column}"


class Written(NamedTuple):
    """An entry, and where it stands."""

    kind: DeclaredKind[Any]
    entry: Any
    place: Place


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
        self.labels: list[Wanted] = []
        self._taken: dict[tuple[str, str], str] = {}

    def add(self, file: str, document: BucketsDocument, marked: yamlmarks.Marked) -> None:
        """The content of one file."""
        whole = Place(file, marked)
        if document.mappings is not None:
            self._mappings(document.mappings, whole.at("mappings"))
        for index, entry in enumerate(document.buckets):
            self._bucket(entry, whole.at("buckets", index))
        if document.applications is not None:
            self._applications(document.applications, whole.at("applications"))
        self.written += [
            Written(kind, entry, whole.at(kind.key, index))
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
                self.problems.append(one.place.at(*error.path).problem(str(error)))
        known = {Node("bucket", name) for name in self.buckets}
        known |= {Node(kind.name, name) for kind in DECLARED for name in self.others[kind.key]}
        self.problems += reference_problems(self.wanted, known)
        mappings = "all" if self.mappings is None else self.mappings
        labels = {identity(name) for name in self.others["labels"]}
        unknown = tuple(one for one in self.labels if identity(one.needed.name) not in labels)
        found = Estate(self.buckets, mappings, dict(self.others), self.places, unknown)
        for kind in DECLARED:
            self.problems += kind.problems(found)
        return found

    def _mappings(self, wanted: str | list[str], place: Place) -> None:
        if self.mappings is not None:
            self.problems.append(place.problem("another file says mappings too: keep one"))
        self.mappings = wanted if isinstance(wanted, str) else tuple(wanted)

    def _bucket(self, entry: BucketEntry, place: Place) -> None:
        spec = BucketSpec(
            entry.name,
            entry.retention,
            entry.description,
            entry.shard_group,
            entry.adopt,
            tuple(entry.labels),
            api=entry.api,
        )
        if spec.shard_group_seconds and 0 < spec.retention_seconds < spec.shard_group_seconds:
            text = f"{spec.name!r}: the shard group is longer than the retention"
            self.problems.append(place.at("name").problem(text))
        self._spec(spec, place.at("name"), place.at("labels"))

    def _applications(self, applications: Applications, place: Place) -> None:
        for index, name in enumerate(applications.names):
            spec = BucketSpec(
                name.replace("-", "_"),
                applications.retention,
                applications.description.replace("{name}", name),
                labels=tuple(applications.labels),
                application=True,
            )
            self._spec(spec, place.at("names", index), place.at("labels"))
            self.applications.append(spec.name)

    def _spec(self, spec: BucketSpec, place: Place, labels: Place) -> None:
        self._take("bucket", spec.name, spec.name, place)
        self.places["buckets", spec.name] = str(place)
        self.buckets[spec.name] = spec
        self._labels(Node("bucket", spec.name), spec.labels, labels)

    def _entry(self, written: Written, entry: Any) -> None:
        kind, place = written.kind, written.place
        self._take(kind.name, entry.name, kind.identity(entry.name), place.at("name"))
        self.places[kind.key, entry.name] = str(place.at("name"))
        self.others[kind.key][entry.name] = entry
        node = Node(kind.name, entry.name)
        self.wanted += [
            Wanted(node, Node(need.kind, need.name), place.at(*need.path).problem(""))
            for need in kind.references(entry)
        ]
        self._labels(node, getattr(entry, "labels", ()), place.at("labels"))

    def _labels(self, by: Node, names: Sequence[str], place: Place) -> None:
        self.labels += [
            Wanted(by, Node("label", name), place.at(index).problem(""))
            for index, name in enumerate(names)
        ]

    def _take(self, kind: str, name: str, identity: str, place: Place) -> None:
        """A name, which may be declared once."""
        before = self._taken.get((kind, identity))
        self._taken[kind, identity] = place.line
        if before is not None:
            text = f"the {kind} {name!r} is declared already in {before}: keep one"
            self.problems.append(place.problem(text))
