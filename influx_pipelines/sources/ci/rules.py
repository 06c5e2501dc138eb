"""The rules that tell why a job failed: `ci_rules.yaml` beside the estate."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from influx_pipelines.estate.model import Part
from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.yamlfile import read_model
from influx_pipelines.sources.ci import patterns

FILE = "ci_rules.yaml"
RESERVED = frozenset({"none", "no_log", "unmatched", "timed_out", "cancelled"})


class Rule(Part):
    """A type of failure and the lines that tell it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="The type, as in reports.")
    pattern: str = Field(
        min_length=1,
        description="Regular expression of RE2, found anywhere in a line; ^ and $ are its ends.",
    )
    category: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Such as git or network.")
    severity: Literal["critical", "error", "warning", "info"] = Field(
        "error", description="How bad it is: infrastructure that a re-run mends is a warning."
    )
    scope: tuple[str, ...] = Field(
        (),
        strict=False,
        description="Repositories as owner/name, * for any text; all when it is empty.",
    )
    priority: int = Field(
        0, description="A match of a higher priority counts, wherever in the log it is."
    )
    description: str = Field("", description="What happened, and what helps.")

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name in RESERVED:
            raise ValueError(f"{name!r} is what a job without a matching rule is: take another")
        return name

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        patterns.compiled(pattern)
        return pattern

    def applies_to(self, repository: str) -> bool:
        """Whether it is for a repository; without a name, every rule is."""
        if not self.scope or not repository:
            return True
        return any(fnmatchcase(repository, scope) for scope in self.scope)


class RulesDocument(Part):
    """The file of rules."""

    rules: tuple[Rule, ...] = Field(
        (), strict=False, description="On one line the first that matches counts."
    )


@dataclass(frozen=True)
class Rules:
    """All rules, in the order of the file; of one name each."""

    rules: tuple[Rule, ...]

    @classmethod
    def load(cls, path: Path) -> Rules:
        """The rules of a file.

        Raises:
            EstateError: naming every problem with file, line and column.
        """
        document, marked = read_model(path, RulesDocument)
        problems, seen = [], set()
        for place, rule in enumerate(document.rules):
            if rule.name in seen:
                mark = marked.place(("rules", place, "name"))
                text = f"there is a rule {rule.name!r} above: take another name"
                problems.append(Problem(f"{path.parent.name}/{path.name}", *mark, text))
            seen.add(rule.name)
        if problems:
            raise EstateError(problems)
        return cls(document.rules)

    @cached_property
    def version(self) -> str:
        """A hash of all that a classification depends on; descriptions are no part of it."""
        told = [rule.model_dump(exclude={"description"}) for rule in self.rules]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]

    def of(self, repository: str) -> tuple[Rule, ...]:
        """The rules that are for a repository; all without a name."""
        return tuple(rule for rule in self.rules if rule.applies_to(repository))
