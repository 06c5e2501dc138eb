"""What the judgements are made from: one look at a server, its estate, and its backups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from influx_pipelines.estate.tokens.report import Reach

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class TokenFact:
    """A token.

    Attributes:
        name: its declared name, else its description.
        shown: whether the server shows its text, so that it is not hashed.
        held: where this project has its text: a variable, a file, a command; "" for nowhere that
            can be seen.
    """

    id: str
    name: str
    reach: Reach
    shown: bool
    held: str = ""

    def row(self) -> dict[str, str]:
        """As a row of a table."""
        hidden = "nobody here" if self.shown else "nobody can tell"
        return {
            "token": self.name or self.id,
            "id": self.id,
            "rights": self.reach,
            "stored": "in clear" if self.shown else "hashed",
            "text held by": self.held or hidden,
        }


class Script(NamedTuple):
    """A task or a configuration of Telegraf."""

    name: str
    text: str


class Replication(NamedTuple):
    """A replication to another server; `max_age` in seconds, 0 for none."""

    name: str
    max_age: int


class Backup(NamedTuple):
    """A finished backup; `server` is None where nobody wrote down the version."""

    name: str
    native: bool
    server: Version | None


@dataclass(frozen=True)
class Facts:
    """What is known; None is what our token may not see, or the server does not tell.

    Attributes:
        version: of the server.
        operator_held: whether a token that is set here is an operator token.
        tasks: of the server and of the estate, by name once each.
        telegrafs: as well.
    """

    version: Version
    embedded: bool
    operator_held: bool
    tokens: tuple[TokenFact, ...] | None
    tasks: tuple[Script, ...] = ()
    telegrafs: tuple[Script, ...] = ()
    replications: tuple[Replication, ...] | None = ()
    backups: tuple[Backup, ...] = ()

    @property
    def text(self) -> str:
        """The version in words."""
        return ".".join(map(str, self.version)) + " (embedded)" * self.embedded
