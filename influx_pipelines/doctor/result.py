"""What a check found: a name, a colour, a sentence, and the sentence that mends it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["green", "yellow", "red"]


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the report.

    Attributes:
        name: of the check, the same in every run: `server`, `right: tasks`.
        state: green is as it should be, yellow should be known, red has to be mended.
        what: what was found; never a secret.
        mend: what to do; every red result has it.
    """

    name: str
    state: State
    what: str
    mend: str = ""

    def to_json(self) -> dict[str, str]:
        """As a JSON object."""
        return asdict(self)


def green(name: str, what: str) -> Result:
    """It is as it should be."""
    return Result(name, "green", what)


def yellow(name: str, what: str, mend: str = "") -> Result:
    """It should be known, and need not be mended."""
    return Result(name, "yellow", what, mend)


def red(name: str, what: str, mend: str) -> Result:
    """It has to be mended."""
    return Result(name, "red", what, mend)
