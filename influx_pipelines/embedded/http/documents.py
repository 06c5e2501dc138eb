"""What all kinds of documents have in common: read by ID, removed, labelled, owned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    Fault,
    compact_answer,
    conflict,
    fault_answer,
    invalid,
    json_answer,
    no_content,
    not_found,
    refused,
)
from influx_pipelines.embedded.http.call import Call
from influx_pipelines.embedded.http.routing import ROUTES, Entry

PRIVATE = ("labelIDs", "roles")
LABELS = "/api/v2/labels"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its name in the database, its path, its resource of permissions.

    `compact` kinds are of the older half of the real API: JSON on one line, and neither labels nor
    members ask whether the document is there or may be read.
    """

    name: str
    path: str
    resource: str
    missing: str  # the message of a 404; may use {id}
    parts: tuple[str, ...] = ("labels", "members", "owners")
    compact: bool = True
    reads_first: bool = False  # who changes a document must be allowed to read it too
    judged_first: bool = False  # permissions are asked for before whether it is there
    finish: Callable[[Call, Document], Document] = lambda call, shown: shown
    removed: Callable[[Call, Document], None] = lambda call, document: None

    def find(self, call: Call, document_id: str) -> Document:
        """A document by ID.

        Raises:
            Fault: 404.
        """
        document = call.database.get(self.name, document_id)
        if document is None:
            raise not_found(self.missing.format(id=document_id))
        return document

    def get(self, call: Call, action: str) -> Document:
        """The document of the path, when the token may do this to it.

        Raises:
            Fault: 404, or 401 naming the permission.
        """
        document_id = call.id()
        document = {"id": document_id} if self.judged_first else self.find(call, document_id)
        for needed in ("read", action) if self.reads_first else (action,):
            self.need(call, needed, document)
        return self.find(call, document_id) if self.judged_first else document

    def need(self, call: Call, action: str, document: Document) -> None:
        """Ask for a permission on a document.

        Raises:
            Fault: 401 naming it.
        """
        call.need(action, **self.scope(action, document))

    def readable(self, call: Call, document: Document, action: str = "read") -> bool:
        """Whether the token may read it."""
        return call.caller.may(action, **self.scope(action, document))

    def scope(self, action: str, document: Document) -> dict[str, Any]:
        """What a permission must cover."""
        return {"kind": self.resource, "org": document.get("orgID"), "resource": document["id"]}

    def put(self, call: Call, document: Document) -> None:
        """Store a document."""
        call.database.put(self.name, document, org=document["orgID"], name=document["name"])

    def view(self, call: Call, document: Document) -> Document:
        """A document as answers show it."""
        base = f"{self.path}/{document['id']}"
        shown = {name: value for name, value in document.items() if name not in PRIVATE}
        shown["links"] = {"self": base, **{part: f"{base}/{part}" for part in self.parts}}
        shown["labels"] = self.labels(call, document)
        return self.finish(call, shown)

    def answer(self, call: Call, document: Document, status: int = 200) -> Response:
        """A document as the answer."""
        return self.reply(self.view(call, document), status)

    def reply(self, value: Document, status: int = 200) -> Response:
        """JSON in the layout of this kind."""
        return (compact_answer if self.compact else json_answer)(value, status)

    def above(self, call: Call) -> Document:
        """The document of a nested path; only its ID where the older half does not look for it.

        Raises:
            Fault: 404 also for what may not be read, 400 for a malformed ID.
        """
        if self.compact:
            document_id = call.id()
            return call.database.get(self.name, document_id) or {"id": document_id}
        try:
            document = call.database.get(self.name, call.id())
        except Fault as fault:
            raise invalid(f"corrupt ID provided: {fault.message}") from None
        if document is None or not self.readable(call, document):
            raise not_found("404 page not found")
        return document

    def remove(self, call: Call, document: Document) -> None:
        """Take a document away with all that hangs on it."""
        self.removed(call, document)
        call.database.remove(self.name, document["id"])

    def routes(self, *verbs: str) -> Kind:
        """Register what is the same for every kind: labels, and GET and DELETE by ID."""
        one = f"{self.path}/{{id}}"
        if "GET" in verbs:
            ROUTES.append(Entry("GET", one, self._one))
        if "DELETE" in verbs:
            ROUTES.append(Entry("DELETE", one, self._delete, atomic=True))
        if "labels" in self.parts:
            labels = f"{one}/labels"
            ROUTES.append(Entry("GET", labels, self._labels))
            ROUTES.append(Entry("POST", labels, self._add_label, atomic=True))
            ROUTES.append(Entry("DELETE", f"{labels}/{{label}}", self._drop_label, atomic=True))
        return self

    def labels(self, call: Call, document: Document) -> list[Document]:
        """The labels on a document that still exist, in order of making."""
        found = (call.database.get("label", i) for i in sorted(document.get("labelIDs", ())))
        return [one for one in found if one and (self.compact or _readable(call, one))]

    def _one(self, call: Call) -> Response:
        return self.answer(call, self.get(call, "read"))

    def _delete(self, call: Call) -> Response:
        self.remove(call, self.get(call, "write"))
        return no_content()

    def _labels(self, call: Call) -> Response:
        found = self.labels(call, self.above(call))
        return self.reply({"links": {"self": LABELS}, "labels": found})

    def _add_label(self, call: Call) -> Response:
        document = self.above(call)
        try:
            label_id = call.json().id("labelID")
        except Fault:
            fault = invalid("Invalid post label map request")
            if self.compact:
                raise fault from None
            return fault_answer(fault, invalid("label id is required"))  # the real one goes on
        if label_id is None:
            raise invalid("label id is required")
        label = self._label(call, label_id, document, "read", "write")
        if "orgID" not in document:
            raise refused("a label on what does not exist")
        if label_id in document.get("labelIDs", ()):
            raise conflict("Cannot add label, label already exists on resource")
        document["labelIDs"] = [*document.get("labelIDs", ()), label_id]
        self.put(call, document)
        return self.reply({"links": {"self": f"{LABELS}/{label_id}"}, "label": label}, 201)

    def _label(self, call: Call, label_id: str, document: Document, *actions: str) -> Document:
        label = call.database.get("label", label_id)
        if label is None:
            raise not_found("label not found")
        if not self.compact:
            for action in actions:
                call.need(action, "labels", org=label["orgID"], resource=label_id)
            self.need(call, "write", document)
        return label

    def _drop_label(self, call: Call) -> Response:
        document, label_id = self.above(call), call.id("label")
        if not self.compact:
            self._label(call, label_id, document, "write")
        if label_id in document.get("labelIDs", ()):
            document["labelIDs"].remove(label_id)
            self.put(call, document)
        return no_content()


def _readable(call: Call, label: Document) -> bool:
    return call.caller.may("read", "labels", org=label["orgID"], resource=label["id"])
