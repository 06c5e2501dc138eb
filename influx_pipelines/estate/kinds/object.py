"""Kinds whose objects are compared field by field, and marked in the creating request."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection as Several
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from influx_pipelines.estate.changes import Action, Change, Finding
from influx_pipelines.estate.kinds.declared import DeclaredKind, Entry, LabelledEntry
from influx_pipelines.estate.kinds.kind import Doing, Look, Step
from influx_pipelines.estate.labels import brought_to, names_on
from influx_pipelines.estate.ownership import MARKER, marked
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.collection import Collection
from influx_pipelines.influx.errors import Forbidden
from influx_pipelines.influx.models import Label


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


class ObjectKind(DeclaredKind[E], Generic[E, F]):
    """Entries of a file, and objects of a list of the server's API.

    What is wanted and what is there are both told in the server's words, so that a plan shows them
    and a change can be sent as it is; names stand for IDs.
    """

    collection: ClassVar[Collection]
    changes_by: ClassVar[str] = "PATCH"
    hidden: ClassVar[frozenset[str]] = frozenset()  # may hold a token that somebody wrote there
    looks_at: ClassVar[Several[str]] = ("label",)

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

    @property
    def takes_labels(self) -> bool:
        """Whether its objects can have labels."""
        return issubclass(self.entry, LabelledEntry)

    def labels_of(self, found: F) -> tuple[Label, ...]:
        """The labels of an object, all of them."""
        return found.labels if self.takes_labels else ()  # type: ignore[attr-defined]

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
            yield from self._declared(entry, match, look)
            yield from (Finding(self.name, name, "ignored", text) for text in self.ignored(entry))
        for found in look.observed.others.get(self.name, ()):
            if self.is_ours(found) and found.id not in used:
                yield self._undeclared(found, look.prune)

    def _declared(self, entry: E, found: F | None, look: Look) -> Iterator[Step]:
        place = look.declared.place(self.key, entry.name)
        labels, there = self._labels(entry, found, look)
        wanted = {"description": marked(entry.description), **self.wanted(entry)}
        if labels != there:
            wanted["labels"] = labels
        if found is None:
            yield Change(self.name, entry.name, "create", after=wanted, place=place)
            return
        ours = self.is_ours(found)
        if not (ours or entry.adopt):
            wanted = {k: v for k, v in wanted.items() if k not in ("description", "labels")}
        if entry.name != found.name:  # alike to the server, and written otherwise
            wanted["name"] = entry.name
        present = {
            "name": found.name,
            "description": found.description,
            **self.present(found),
            "labels": there,
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

    def _labels(self, entry: E, found: F | None, look: Look) -> tuple[list[str], list[str]]:
        """The labels that it is to have, and those that it has."""
        there = names_on(self.labels_of(found)) if found else []
        if not isinstance(entry, LabelledEntry):
            return there, there
        return brought_to(entry.labels, there, look.declared.of("labels")), there

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
            return
        fields = {key: value for key, value in change.after.items() if key != "labels"}
        told = replace(change, after=fields)
        if change.action == "create":
            id = self._make(told, doing)
        else:
            id = change.id
            if fields:
                self.update(told, doing)
        if self.takes_labels:
            if change.action in ("create", "adopt"):
                doing.labels.mark(self.collection.name, id)
            doing.labels.change(self.collection.name, id, change)

    def _make(self, change: Change, doing: Doing) -> str:
        """Make it; the first of a kind is looked for, as a list leaves out what may not be read.

        Raises:
            Forbidden: our token may make it and not read it.
        """
        with doing.looking if doing.sees.get(self.name) is None else nullcontext():
            if doing.sees.get(self.name) is None:
                id = self.create(change, doing)
                found = self.collection.all(doing.client)
                doing.sees[self.name] = any(one.id == id for one in found)
                if doing.sees[self.name]:
                    return id
                self.collection.delete(doing.client, id)
        if doing.sees[self.name]:
            return self.create(change, doing)
        text = f"Our token may make a {self.name}, but not read it: then each apply would make "
        raise Forbidden(text + "another one. Give it the right to read them.")

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
