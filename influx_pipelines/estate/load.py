"""Read the files of the declaration; every problem at once, each with its place and a remedy."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from influx_pipelines.estate import yamlmarks
from influx_pipelines.estate.model import Applications, BucketEntry, BucketSpec, Document, Estate

SUFFIXES = (".yaml", ".yml", ".json")
SCHEMA = "schema.json"
_TYPES = {
    "string_type": "write a text; put it in quotes",
    "bool_type": "write true or false",
    "list_type": "write a list, one `- ` a line",
    "dict_type": "write keys and values",
    "model_type": "write keys and values",
    "model_attributes_type": "write keys and values",
}


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong at one place."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"


class EstateError(Exception):
    """A declaration that cannot be used; nothing was sent to a server."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        count = "One problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{count} in the estate; nothing was changed.\n{lines}")


def files(folder: Path) -> list[Path]:
    """The files of a declaration.

    Raises:
        EstateError: there is no such folder.
    """
    if not folder.is_dir():
        text = "there is no such folder: make it, or set INFLUX_PIPELINES_ESTATE"
        raise EstateError([Problem(str(folder), 1, 1, text)])
    found = (path for path in folder.iterdir() if path.suffix in SUFFIXES and path.name != SCHEMA)
    return sorted(found)


def digest(folder: Path) -> str:
    """A hash of the files' names and contents; of nothing for a folder that is not there."""
    total = hashlib.sha256()
    for path in files(folder) if folder.is_dir() else []:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.name}\0{content}\n".encode())
    return total.hexdigest()[:16]


def load(folder: Path) -> Estate:
    """The declaration of a folder.

    Raises:
        EstateError: naming every problem of every file.
    """
    problems: list[Problem] = []
    collected = _Collector(problems)
    for path in files(folder):
        name = f"{folder.name}/{path.name}"
        document = _read(path, name, problems)
        if document is not None:
            collected.add(name, *document)
    if problems:
        raise EstateError(problems)
    return Estate(collected.buckets, collected.mappings or "all")


def _read(
    path: Path, name: str, problems: list[Problem]
) -> tuple[Document, yamlmarks.Marked] | None:
    try:
        marked = yamlmarks.read(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        problems.append(_syntax(name, error))
        return None
    except UnicodeDecodeError:
        problems.append(Problem(name, 1, 1, "this is no UTF-8 text"))
        return None
    problems += [
        Problem(name, *mark, f"the key {path[-1]!r} stands here a second time: keep one")
        for path, mark in marked.repeated
    ]
    if isinstance(marked.value, list):  # a plain list of buckets
        marked = _as_buckets(marked)
    try:
        return Document.model_validate(marked.value or {}), marked
    except ValidationError as error:
        problems += [_problem(name, marked, dict(details)) for details in error.errors()]
        return None


def _as_buckets(marked: yamlmarks.Marked) -> yamlmarks.Marked:
    marks = {("buckets", *path): mark for path, mark in marked.marks.items()}
    keys = {("buckets", *path): mark for path, mark in marked.keys.items()}
    return yamlmarks.Marked({"buckets": marked.value}, marks, keys)


def _syntax(name: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = getattr(error, "problem", None) or "cannot be read"
    return Problem(name, line, column, f"this is no YAML: {text}")


def _problem(name: str, marked: yamlmarks.Marked, details: dict[str, Any]) -> Problem:
    path = tuple(part for part in details["loc"] if part not in ("list[str]", "literal"))
    line, column = marked.place(path)
    return Problem(name, line, column, _text(path, details))


def _text(path: tuple[str | int, ...], details: dict[str, Any]) -> str:
    key, kind = str(path[-1]) if path else "", details["type"]
    if kind == "extra_forbidden":
        known = list(_model_of(path).model_fields)
        close = get_close_matches(key, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"write one of {', '.join(known)}"
        return f"unknown key {key!r}: {hint}"
    if kind == "missing":
        return f"{key} is missing"
    if kind == "value_error":
        return f"{key}: {details['ctx']['error']}"
    if kind.startswith("literal"):
        return f"{key}: write all, declared, or a list of patterns"
    given = type(details["input"]).__name__
    return f"{key}: {_TYPES.get(kind, details['msg'])} (not {given} {details['input']!r})"


def _model_of(path: tuple[str | int, ...]) -> type[BaseModel]:
    if len(path) > 1 and path[0] == "buckets":
        return BucketEntry
    return Applications if len(path) > 1 and path[0] == "applications" else Document


class _Collector:
    """Puts the files together; a name may be declared once."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.buckets: dict[str, BucketSpec] = {}
        self.places: dict[str, str] = {}
        self.mappings: str | tuple[str, ...] | None = None

    def add(self, file: str, document: Document, marked: yamlmarks.Marked) -> None:
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
            )
            self._bucket(file, spec, marked.place(("applications", "names", index)))

    def _mappings(self, file: str, wanted: str | list[str], mark: yamlmarks.Mark) -> None:
        if self.mappings is not None:
            self.problems.append(Problem(file, *mark, "another file says mappings too: keep one"))
        self.mappings = wanted if isinstance(wanted, str) else tuple(wanted)

    def _bucket(self, file: str, spec: BucketSpec, mark: yamlmarks.Mark) -> None:
        if spec.name in self.places:
            text = f"the bucket {spec.name!r} is declared already in {self.places[spec.name]}"
            self.problems.append(Problem(file, *mark, f"{text}: keep one"))
        elif spec.shard_group_seconds and 0 < spec.retention_seconds < spec.shard_group_seconds:
            text = f"{spec.name!r}: the shard group is longer than the retention"
            self.problems.append(Problem(file, *mark, text))
        self.places[spec.name] = f"{file}:{mark[0]}"
        self.buckets[spec.name] = spec
