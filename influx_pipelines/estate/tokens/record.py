"""What is remembered of a declared token: which one is in use, which are on their way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """IDs and times (seconds since the epoch); never a secret.

    `known` are the tokens that were there before one that is being made; `publishing` is the one
    whose secret is being published, and both are empty when nothing was broken off. `retired` tells
    when each old one may be deleted; `due` that somebody asked for a rotation.
    """

    id: str = ""
    made: float = 0.0
    store: str = ""
    due: bool = False
    known: list[str] | None = None
    publishing: str = ""
    retired: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Self:
        """From the file of the ledger."""
        names = {one.name for one in fields(cls)}
        return cls(**{key: value for key, value in entry.items() if key in names})

    def is_stray(self, id: str) -> bool:
        """Whether a token was made and its maker broken off before its secret was published."""
        return self.known is not None and id not in self.known and id != self.publishing
