"""One YAML or JSON file with the places of its values, and its model."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from influx_pipelines.estate import yamlmarks
from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.validation import problems_of

Model = TypeVar("Model", bound=BaseModel)


def read_model(path: Path, model: type[Model]) -> tuple[Model, yamlmarks.Marked]:
    """A file of its own model; its marks tell where each value stands.

    Raises:
        EstateError: naming every problem with line and column; or there is no such file.
    """
    name = f"{path.parent.name}/{path.name}"
    problems: list[Problem] = []
    try:
        marked = read_marked(path, name, problems)
    except FileNotFoundError:
        text = "there is no such file: write it, or set INFLUX_PIPELINES_ESTATE"
        raise EstateError([Problem(str(path), 1, 1, text)]) from None
    if marked is not None:
        try:
            found = model.model_validate(marked.value or {})
        except ValidationError as error:
            problems += problems_of(name, marked, error, model)
        else:
            if not problems:
                return found, marked
    raise EstateError(problems)


def read_marked(path: Path, name: str, problems: list[Problem]) -> yamlmarks.Marked | None:
    """The values of a file; what keeps it from being read, and repeated keys, are problems.

    Raises:
        FileNotFoundError: there is no such file.
    """
    try:
        marked = yamlmarks.read(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        problems.append(_syntax(name, error))
        return None
    except UnicodeDecodeError:
        problems.append(Problem(name, 1, 1, "this is no UTF-8 text"))
        return None
    except FileNotFoundError:
        raise
    except OSError as error:
        problems.append(Problem(name, 1, 1, f"this cannot be read: {error.strerror}"))
        return None
    problems += [
        Problem(name, *mark, f"the key {path[-1]!r} stands here a second time: keep one")
        for path, mark in marked.repeated
    ]
    return marked


def _syntax(name: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = getattr(error, "problem", None) or "cannot be read"
    kind = "JSON" if name.endswith(".json") else "YAML"
    return Problem(name, line, column, f"this is no {kind}: {text}")
