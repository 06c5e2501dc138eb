"""What a kind of object is: how it is looked at, planned, and done."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import SecretStr

from influx_pipelines.estate.changes import Change, Finding
from influx_pipelines.estate.labelling import Labelling
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.observed import Observed
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotFound

Step = Change | Finding


@dataclass(frozen=True, slots=True)
class Look:
    """What a plan is made from; `kinds` are those that are planned together."""

    declared: Estate
    observed: Observed
    ledger: Ledger
    kinds: Sequence[str] = ()
    prune: bool = False
    now: float = 0.0  # seconds since the epoch


class Doing:
    """What the changes of one apply share; used by several threads at once."""

    def __init__(
        self, client: Influx, ledger: Ledger, secret_command: str = "", token_command: str = ""
    ) -> None:
        self.client = client
        self.ledger = ledger
        self.secret_command = secret_command
        self.token_command = token_command
        self.bucket_ids: dict[str, str] = {}  # of those made in this apply
        self.secrets: dict[str, SecretStr] = {}  # values that are to be sent, by name
        self.undone: set[tuple[str, str]] = set()  # kind and name of changes that were not done
        self.missing: set[tuple[str, str]] = set()  # of these, objects that are not there at all
        self.looking = threading.Lock()
        self.sees: dict[str, bool] = {}  # by kind: whether the server tells us of new objects
        self.labels = Labelling(client)
        _ = client.org_id  # looked up once, not by eight threads

    def leave(self, change: Change) -> None:
        """Remember a change that was not done; one to an object leaves that as it was."""
        key = (change.kind, change.name)
        self.undone.add(key)
        if change.action == "create":
            self.missing.add(key)

    def bucket_id(self, name: str) -> str:
        """The ID of a bucket, made in this apply or before.

        Raises:
            NotFound: there is none of that name.
        """
        if name in self.bucket_ids:
            return self.bucket_ids[name]
        found = self.client.find_bucket(name)
        if found is None:
            raise NotFound(f"There is no bucket {name!r} on {self.client.url}.", status=404)
        return found.id


class Kind(ABC):
    """A kind of object; `name` is what plans call it."""

    name: ClassVar[str]
    looks_at: ClassVar[Collection[str]] = ()  # other kinds that its plan is made from
    needs_as_planned: ClassVar[bool] = False  # whether what it needs is to be there as planned

    @abstractmethod
    def observe(self, client: Influx) -> tuple[Any, ...] | None:
        """Everything of this kind on the server; None when the token may not see it.

        Raises:
            InfluxError: the server did not answer, or its list cannot be whole.
        """

    @abstractmethod
    def steps(self, look: Look) -> Iterator[Step]:
        """The changes and findings; pure."""

    def needs(self, change: Change) -> Collection[tuple[str, str]]:
        """Kind and name of what must be there first: without it a change is skipped."""
        return ()

    def refused(self, changes: Sequence[Change], client: Influx) -> Iterable[tuple[Change, str]]:
        """The changes that the server says it would refuse, and why; nothing is sent to it.

        Raises:
            InfluxError: the server did not answer.
        """
        return ()

    def prepare(self, changes: Sequence[Change], doing: Doing) -> None:  # noqa: B027
        """Find out what the changes need, before anything is sent.

        Raises:
            EstateError: naming the places of what is missing.
        """

    @abstractmethod
    def do(self, change: Change, doing: Doing) -> None:
        """Do one change.

        Raises:
            InfluxError: the server refused it.
        """
