"""Labels brought to objects by one apply, several threads at once."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import cached_property

from influx_pipelines.estate.changes import Change
from influx_pipelines.estate.labels import identity
from influx_pipelines.estate.ownership import LABEL
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Conflict, NotFound

MARK = {"description": "Made by influx_pipelines from its estate files.", "color": "#6c5ce7"}


class Labelling:
    """Knows the IDs of labels, all of which are looked up once."""

    def __init__(self, client: Influx) -> None:
        self._client = client
        self._lock = threading.Lock()

    def mark(self, path: str, id: str) -> None:
        """Attach the label that tells people whose an object is; the marker is what counts."""
        self._attach(path, id, [LABEL])

    def change(self, path: str, id: str, change: Change) -> None:
        """Attach the labels that a change brings, and take off those that it takes away.

        Raises:
            NotFound: there is no such label.
        """
        before, after = change.before.get("labels") or (), change.after.get("labels") or ()
        self._attach(path, id, [name for name in after if name not in before])
        for name in before:
            if name not in after and (label_id := self._id(name)):
                self._client.remove_label(path, id, label_id)

    def _attach(self, path: str, id: str, names: Iterable[str]) -> None:
        for name in names:
            label_id = self._id(name)
            if label_id is None:
                text = f"There is no label {name!r} on {self._client.url}."
                raise NotFound(text, status=404)
            try:
                self._client.add_label(path, id, label_id)
            except Conflict:
                continue  # it has it already

    def _id(self, name: str) -> str | None:
        with self._lock:
            found = self._ids.get(identity(name))
            if found is None and name == LABEL:
                found = self._ids[LABEL] = self._client.create_label(LABEL, MARK).id
            return found

    @cached_property
    def _ids(self) -> dict[str, str]:
        return {identity(label.name): label.id for label in self._client.labels()}
