"""Read the files of the declaration; every problem at once, each with its place and a remedy."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from influx_pipelines.estate import yamlmarks
from influx_pipelines.estate.collect import Collector
from influx_pipelines.estate.document import BucketsDocument, Document
from influx_pipelines.estate.kinds import DECLARED
from influx_pipelines.estate.kinds.endpoint import api_address
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.validation import problems_of
from influx_pipelines.estate.yamlfile import read_marked

__all__ = ["digest", "load"]

SUFFIXES = (".yaml", ".yml", ".json")
SCHEMA = "schema.json"
# Files beside the declaration that say what is fetched or told, not what a server holds: their
# readers are in `sources` and `alerts`, their JSON schemas in the folder `schemas`.
OF_OTHERS = frozenset({"locations.yaml", "ci.yaml", "ci_rules.yaml", "alerts.yaml"})
SCHEMAS = "schemas"
_READ: dict[Path, tuple[tuple[str, str], Estate]] = {}  # folder → its state, what it declares


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
    """A hash of names and contents, of templates too; of nothing without a folder.

    Hidden files, schemas and what others read are no part of it.
    """
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        other = path.name == SCHEMA or str(name) in OF_OTHERS or name.parts[0] == SCHEMAS
        if path.is_file() and not other and not any(p[0] == "." for p in name.parts):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{name}\0{content}\n".encode())
    return total.hexdigest()[:16]


def load(folder: Path) -> Estate:
    """The declaration of a folder; a process reads the same files once.

    Every asset of a run asks for it, and to render and compile the tasks takes a while.

    Raises:
        EstateError: naming every problem of every file.
    """
    folder = folder.absolute()
    before = _state(folder)
    known = _READ.get(folder)
    if known and known[0] == before:
        return known[1]
    declared = _load(folder)
    if _state(folder) == before:  # nobody wrote meanwhile
        _READ[folder] = before, declared
    return declared


def _state(folder: Path) -> tuple[str, str]:
    """All that a declaration is read from: its files, and the one variable that they can name."""
    return digest(folder), api_address()


def _load(folder: Path) -> Estate:
    problems: list[Problem] = []
    collected = Collector(problems, folder)
    for path in files(folder):
        if path.name in OF_OTHERS:
            continue
        name = f"{folder.name}/{path.name}"
        document = _read(path, name, problems)
        if document is not None:
            collected.add(name, *document)
    for key in (kind.key for kind in DECLARED if kind.in_folder):
        for path in files(folder / key) if (folder / key).is_dir() else ():
            name = f"{folder.name}/{key}/{path.name}"
            document = _read(path, name, problems, (key, 0))
            if document is not None:
                collected.add(name, *document)
    declared = collected.estate()
    if problems:
        raise EstateError(problems)
    return declared


def _read(
    path: Path, name: str, problems: list[Problem], below: yamlmarks.Path = ()
) -> tuple[BucketsDocument, yamlmarks.Marked] | None:
    """One file; `below` says for which entry it stands, and nothing for a file with keys."""
    marked = read_marked(path, name, problems)
    if marked is None:
        return None
    if below:
        marked = _below(below, [marked.value], marked)
    elif isinstance(marked.value, list):  # a plain list of buckets
        marked = _below(("buckets",), marked.value, marked)
    try:
        return Document.model_validate(marked.value or {}), marked
    except ValidationError as error:
        problems += problems_of(name, marked, error, Document)
        return None


def _below(path: yamlmarks.Path, value: Any, marked: yamlmarks.Marked) -> yamlmarks.Marked:
    """A document of which this one is the part at a path."""
    marks = {path[:length]: marked.place(()) for length in range(len(path))}
    marks |= {(*path, *inner): mark for inner, mark in marked.marks.items()}
    keys = {(*path, *inner): mark for inner, mark in marked.keys.items()}
    return yamlmarks.Marked({path[0]: value}, marks, keys)
