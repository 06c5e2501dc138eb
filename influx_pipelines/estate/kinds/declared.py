"""Kinds that are declared as a list of entries; those compared field by field and marked."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from pydantic import Field

from influx_pipelines.estate.changes import Action, Change, Finding
from influx_pipelines.estate.kinds.kind import Doing, Kind, Look, Step
from influx_pipelines.estate.model import Estate, Part
from influx_pipelines.estate.ownership import MARKER, marked
from influx_pipelines.estate.problems import Problem
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.collection import Collection


class Entry(Part):
    """What the entries of all these kinds can say."""

    name: str = Field(description="Its name.", min_length=1)
    description: str = Field("", description="A text for people.")
    adopt: bool = Field(False, description="Take over one of this name that somebody else made.")


class Reference(NamedTuple):
    """Something that an entry needs: its kind and name, and the key that says so."""

    kind: str
    name: str
    path: tuple[str | int, ...]


class BadEntry(ValueError):
    """What is wrong with an entry beyond its own form, and the key that says so."""

    def __init__(self, path: tuple[str | int, ...], text: str) -> None:
        super().__init__(text)
        self.path = path


class Surroundings(NamedTuple):
    """What an entry can mean beyond itself: the folder of the files, and all applications."""

    folder: Path
    applications: tuple[str, ...] = ()  # their buckets


class Found(Protocol):
    """An object of the server."""

    @property
    def id(self) -> str:
        """Its ID."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def description(self) -> str:
        """Its description, with our marker at the end when it is ours."""


E = TypeVar("E", bound=Entry)
F = TypeVar("F", bound=Found)


class DeclaredKind(Kind, Generic[E]):
    """A list below the key `key` of the estate's files."""

    key: ClassVar[str]
    about: ClassVar[str]
    entry: ClassVar[type[Entry]]
    in_folder: ClassVar[bool] = False  # also one a file, in the folder of the key's name

    def identity(self, name: str) -> str:
        """What two names have in common when they cannot both be there."""
        return name

    def expand(self, entry: Any, around: Surroundings) -> Iterable[E]:
        """What an entry of the files comes to: itself, unless it stands for others.

        Raises:
            BadEntry: it comes to nothing.
        """
        return (entry,)

    def references(self, entry: E) -> Iterable[Reference]:
        """What an entry needs to be declared beside it."""
        return ()

    def problems(self, declared: Estate) -> Iterable[Problem]:
        """What is wrong between entries that are right in themselves."""
        return ()


class ObjectKind(DeclaredKind[E], Generic[E, F]):
    """Entries of a file, and objects of a list of the server's API.

    What is wanted and what is there are both told in the server's words, so that a plan shows them
    and a change can be sent as it is; names stand for IDs.
    """

    collection: ClassVar[Collection]
    takes_label: ClassVar[bool] = True
    changes_by: ClassVar[str] = "PATCH"
    hidden: ClassVar[frozenset[str]] = frozenset()  # may hold a token that somebody wrote there

    # ------------------------------------------------------------------ what a kind says

    @abstractmethod
    def wanted(self, entry: E) -> Mapping[str, Any]:
        """The fields that are compared and sent, except the description."""

    @abstractmethod
    def present(self, found: F) -> Mapping[str, Any]:
        """The same fields as they are on the server."""

    @abstractmethod
    def written(self, found: F, names: Mapping[str, str]) -> Mapping[str, Any]:
        """The keys of the entry that declares it, but for those of every entry.

        Raises:
            ValueError: there is no such entry.
        """

    def files(self, found: F) -> Mapping[str, str]:
        """What its entry names beside itself: texts by the path below the folder."""
        return {}

    def is_same(self, key: str, wanted: Any, present: Any) -> bool:
        """Whether a field is as it is wanted."""
        return bool(wanted == present)

    def loss(self, name: str) -> str:
        """What deleting it loses."""
        return f"the {self.name} {name}"

    def body(self, after: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON that asks the server for these fields."""
        return dict(after)

    def resolved(self, after: Mapping[str, Any], doing: Doing) -> Mapping[str, Any]:
        """The fields with IDs of the server where names stand.

        Raises:
            NotFound: there is nothing of that name.
        """
        return after

    def ignored(self, entry: E) -> Iterable[str]:
        """What an entry says that a server stores and does not heed."""
        return ()

    # ------------------------------------------------------------------ looking and planning

    def observe(self, client: Influx) -> tuple[F, ...]:
        """The whole list."""
        return self.collection.all(client)

    def is_ours(self, found: F) -> bool:
        """Whether this project made or adopted it."""
        return found.description.endswith(MARKER)

    def steps(self, look: Look) -> Iterator[Step]:
        """What to do about each entry, and about each of ours that is not declared."""
        seen: dict[str, F] = {}
        # Where a name is there several times, one of ours is the one that counts.
        for found in sorted(look.observed.others.get(self.name, ()), key=self.is_ours):
            seen[self.identity(found.name)] = found
        entries: Mapping[str, E] = look.declared.of(self.key)
        used = set()
        for name, entry in entries.items():
            match = seen.get(self.identity(name))
            used.add(match.id if match else "")
            yield from self._declared(entry, match, look.declared.place(self.key, name))
            yield from (Finding(self.name, name, "ignored", text) for text in self.ignored(entry))
        for found in look.observed.others.get(self.name, ()):
            if self.is_ours(found) and found.id not in used:
                yield self._undeclared(found, look.prune)

    def _declared(self, entry: E, found: F | None, place: str) -> Iterator[Step]:
        wanted = {"description": marked(entry.description), **self.wanted(entry)}
        if found is None:
            yield Change(self.name, entry.name, "create", after=wanted, place=place)
            return
        ours = self.is_ours(found)
        if not (ours or entry.adopt):
            wanted.pop("description")
        if entry.name != found.name:  # alike to the server, and written otherwise
            wanted["name"] = entry.name
        present = {
            "name": found.name,
            "description": found.description,
            **self.present(found),
        }
        after = {
            key: value
            for key, value in wanted.items()
            if not self.is_same(key, value, present.get(key))
        }
        before = {k: "another text" if k in self.hidden else present.get(k) for k in after}
        if ours or entry.adopt:
            if after:
                action: Action = "update" if ours else "adopt"
                yield Change(self.name, entry.name, action, before, after, id=found.id, place=place)
        elif after:
            text = f"somebody else made it, and its {', '.join(after)} differs"
            text += ". Declare `adopt: true` to take it over"
            yield Finding(self.name, entry.name, "conflict", text)
        else:
            text = "is as declared, but somebody else made it: nothing is changed"
            yield Finding(self.name, entry.name, "in use", text)

    def _undeclared(self, found: F, prune: bool) -> Step:
        if prune:
            loss = self.loss(found.name)
            return Change(self.name, found.name, "delete", loses_data=loss, id=found.id)
        text = f"we made it ({MARKER}), but no file declares it any more; `--prune` deletes it"
        return Finding(self.name, found.name, "undeclared", text)

    # ------------------------------------------------------------------ doing

    def do(self, change: Change, doing: Doing) -> None:
        """Create, change or delete it; the marker is in the creating request."""
        if change.action == "delete":
            self.collection.delete(doing.client, change.id)
        elif change.action == "create":
            self._label(self.create(change, doing), doing)
        else:
            self.update(change, doing)
            if change.action == "adopt":
                self._label(change.id, doing)

    def create(self, change: Change, doing: Doing) -> str:
        """Make it; its ID."""
        body = {"name": change.name, **self.body(self.resolved(change.after, doing))}
        made = self.collection.create(
            doing.client, body, lambda one: one.name == change.name and self.is_ours(one)
        )
        return str(made.id)

    def update(self, change: Change, doing: Doing) -> None:
        """Send what differs; a PUT takes everything that it is beside that."""
        after: Mapping[str, Any] = change.after
        organization = {}
        if self.changes_by == "PUT":
            found = self.collection.get(doing.client, change.id)
            named = {"name": found.name, "description": found.description}
            after = {**named, **self.present(found), **after}
            organization = {"orgID": doing.client.org_id}
        body = {**organization, **self.body(self.resolved(after, doing))}
        self.collection.update(doing.client, change.id, body, method=self.changes_by)

    def _label(self, id: str, doing: Doing) -> None:
        if self.takes_label:
            doing.label(self.collection.name, id)
