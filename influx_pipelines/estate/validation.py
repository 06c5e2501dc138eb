"""What pydantic finds in a file, as problems with their places and remedies."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from textwrap import shorten
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from influx_pipelines.estate.problems import Problem
from influx_pipelines.estate.yamlmarks import Marked, Path

LONGEST = 60  # of a value in a problem
_TYPES = {
    "string_type": "write a text; put it in quotes",
    "bool_type": "write true or false",
    "list_type": "write a list, one `- ` a line",
    "tuple_type": "write a list, one `- ` a line",
    "dict_type": "write keys and values",
    "model_type": "write keys and values",
    "model_attributes_type": "write keys and values",
}


def problems_of(
    name: str, marked: Marked, error: ValidationError, model: type[BaseModel]
) -> Iterator[Problem]:
    """One problem a place; where a value may be of several types, that of the likeliest one."""
    found: dict[Path, dict[str, Any]] = {}
    for given in error.errors():
        details: dict[str, Any] = {**given}
        found.setdefault(_path(marked, details), details)
    for path, what in found.items():
        deeper = any(other[: len(path)] == path for other in found if other != path)
        if not (deeper and what["type"].endswith("_type")):
            yield Problem(name, *marked.place(path), _text(path, what, model))


def _path(marked: Marked, details: dict[str, Any]) -> Path:
    """Where a value stands; pydantic puts the types that it tried between the keys."""
    path: Path = ()
    for part in details["loc"]:
        if (*path, part) in marked.marks or details["type"] == "missing":
            path = (*path, part)
    return (*path, "type") if details["type"] == "union_tag_invalid" else path


def _text(path: Path, details: dict[str, Any], model: type[BaseModel]) -> str:
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    kind = details["type"]
    if kind == "extra_forbidden":
        known = list(_model_of(details["loc"], model).model_fields)
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
    given = details["input"]
    shown = shorten(repr(given), LONGEST, placeholder="…")
    text = f"{_TYPES.get(kind, details['msg'])} (not {type(given).__name__} {shown})"
    return f"{key}: {text}" if key else text


def _model_of(loc: Path, model: type[BaseModel]) -> type[BaseModel]:
    """The part of a file in which a key stands; `loc` names the type where several are possible."""
    models: list[type[BaseModel]] = [model]
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
