"""What is wrong with a declaration, each problem with its place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong at one place."""

    file: str
    line: int
    column: int
    text: str

    @classmethod
    def at(cls, place: str, text: str) -> Problem:
        """A problem at a place that is written `file:line:column`."""
        file, line, column = place.rsplit(":", 2)
        return cls(file, int(line), int(column), text)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.text}"


class EstateError(Exception):
    """A declaration that cannot be used; nothing was sent to a server."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        count = "One problem" if len(problems) == 1 else f"{len(problems)} problems"
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{count} in the estate; nothing was changed.\n{lines}")
