"""One thing that a version of InfluxDB changes, and what it means here."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

# do: something has to be done before; know: nothing to do, but to know; none: it does not concern
# this estate; unknown: neither the server nor the estate can tell.
State = Literal["do", "know", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A change and what it means for an estate.

    Attributes:
        version: that brings the change.
        subject: what it is about.
        what: what was found.
        before: what to do before, or to find out.
    """

    state: State
    version: str
    subject: str
    what: str
    before: str = ""

    def row(self) -> dict[str, str]:
        """As a row of a table, or a JSON object."""
        return asdict(self)
