"""Read the files of the declaration; every problem at once, each with its place and a remedy."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from influx_pipelines.estate import yamlmarks
from influx_pipelines.estate.collect import Collector
from influx_pipelines.estate.document import BucketsDocument, Document
from influx_pipelines.estate.kinds import DECLARED
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.problems import EstateError, Problem

SUFFIXES = (".yaml", ".yml", ".json")
SCHEMA = "schema.json"
_READ: dict[Path, tuple[str, Estate]] = {}  # folder → hash of its files, what they declare
_TYPES = {
    "string_type": "write a text; put it in quotes",
    "bool_type": "write true or false",
    "list_type": "write a list, one `- ` a line",
    "dict_type": "write keys and values",
    "model_type": "write keys and values",
    "model_attributes_type": "write keys and values",
}


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
    """A hash of names and contents, of templates too but no hidden files; of nothing without a
    folder.
    """
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and path.name != SCHEMA and not any(p[0] == "." for p in name.parts):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{name}\0{content}\n".encode())
    return total.hexdigest()[:16]


def load(folder: Path) -> Estate:
    """The declaration of a folder; a process reads the same files once.

    Every asset of a run asks for it, and to render and compile the tasks takes a while.

    Raises:
        EstateError: naming every problem of every file.
    """
    folder, before = folder.absolute(), digest(folder)
    known = _READ.get(folder)
    if known and known[0] == before:
        return known[1]
    declared = _load(folder)
    if digest(folder) == before:  # nobody wrote meanwhile
        _READ[folder] = before, declared
    return declared


def _load(folder: Path) -> Estate:
    problems: list[Problem] = []
    collected = Collector(problems, folder)
    for path in files(folder):
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
    if below:
        marked = _below(below, [marked.value], marked)
    elif isinstance(marked.value, list):  # a plain list of buckets
        marked = _below(("buckets",), marked.value, marked)
    try:
        return Document.model_validate(marked.value or {}), marked
    except ValidationError as error:
        problems += _problems(name, marked, error)
        return None


def _below(path: yamlmarks.Path, value: Any, marked: yamlmarks.Marked) -> yamlmarks.Marked:
    """A document of which this one is the part at a path."""
    marks = {path[:length]: marked.place(()) for length in range(len(path))}
    marks |= {(*path, *inner): mark for inner, mark in marked.marks.items()}
    keys = {(*path, *inner): mark for inner, mark in marked.keys.items()}
    return yamlmarks.Marked({path[0]: value}, marks, keys)


def _syntax(name: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = getattr(error, "problem", None) or "cannot be read"
    kind = "JSON" if name.endswith(".json") else "YAML"
    return Problem(name, line, column, f"this is no {kind}: {text}")


def _problems(name: str, marked: yamlmarks.Marked, error: ValidationError) -> Iterator[Problem]:
    """One problem a place; where a value may be of several types, that of the likeliest one."""
    found: dict[tuple[str | int, ...], dict[str, Any]] = {}
    for given in error.errors():
        details: dict[str, Any] = {**given}
        found.setdefault(_path(marked, details), details)
    for path, what in found.items():
        deeper = any(other[: len(path)] == path for other in found if other != path)
        if not (deeper and what["type"].endswith("_type")):
            yield Problem(name, *marked.place(path), _text(path, what))


def _path(marked: yamlmarks.Marked, details: dict[str, Any]) -> tuple[str | int, ...]:
    """Where a value stands; pydantic puts the types that it tried between the keys."""
    path: tuple[str | int, ...] = ()
    for part in details["loc"]:
        if (*path, part) in marked.marks or details["type"] == "missing":
            path = (*path, part)
    return (*path, "type") if details["type"] == "union_tag_invalid" else path


def _text(path: tuple[str | int, ...], details: dict[str, Any]) -> str:
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    kind = details["type"]
    if kind == "extra_forbidden":
        known = list(_model_of(details["loc"]).model_fields)
        close = get_close_matches(key, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"write one of {', '.join(known)}"
        return f"unknown key {key!r}: {hint}"
    if kind.startswith("union_tag"):
        return f"type: write one of {details['ctx'].get('expected_tags') or 'the known types'}"
    if kind == "missing":
        return f"{key} is missing"
    if kind == "value_error":
        text = str(details["ctx"]["error"])
        return text if path and isinstance(path[-1], int) else f"{key}: {text}"
    if kind.startswith("literal"):
        if path == ("mappings",):
            return f"{key}: write all, declared, or a list of patterns"
        return f"{key}: write {details['ctx']['expected']}"
    given = type(details["input"]).__name__
    return f"{key}: {_TYPES.get(kind, details['msg'])} (not {given} {details['input']!r})"


def _model_of(loc: tuple[str | int, ...]) -> type[BaseModel]:
    """The part of a file in which a key stands; `loc` names the type where several are possible."""
    models: list[type[BaseModel]] = [Document]
    for part in loc[:-1]:
        if len(models) > 1:
            tagged = [m for m in models if part in get_args(m.model_fields["type"].annotation)]
            models = tagged or models
        elif part in models[0].model_fields:
            models = list(_models_in(models[0].model_fields[str(part)].annotation))
    return models[0]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)
