"""Kinds that are declared as a list of entries in the estate's files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from pydantic import Field

from influx_pipelines.estate.kinds.kind import Kind
from influx_pipelines.estate.labels import LabelNames
from influx_pipelines.estate.model import Estate, Part
from influx_pipelines.estate.problems import Problem


class Entry(Part):
    """What the entries of all these kinds can say."""

    name: str = Field(description="Its name.", min_length=1)
    description: str = Field("", description="A text for people.")
    adopt: bool = Field(False, description="Take over one of this name that somebody else made.")


class LabelledEntry(Entry):
    """What the entries of kinds can say whose objects can have labels."""

    labels: LabelNames = Field([])


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


E = TypeVar("E", bound=Entry)


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
