"""What all kinds of documents have in common: read by ID, removed, labelled, owned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    Fault,
    compact_answer,
    conflict,
    invalid,
    json_answer,
    no_content,
    not_found,
)
from influx_pipelines.embedded.http.body import Body
from influx_pipelines.embedded.http.call import Call, parse_id
from influx_pipelines.embedded.http.routing import ROUTES, Entry

PRIVATE = ("labelIDs", "roles")
LABELS = "/api/v2/labels"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: its name in the database, its path, its resource of permissions."""

    name: str
    path: str
    resource: str
    missing: str  # the message of a 404; may use {id}
    parts: tuple[str, ...] = ("labels", "members", "owners")
    compact: bool = True  # JSON without indentation, as the newer half of the real API writes it
    reads_first: bool = False  # who changes a document must be allowed to read it too
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
        document = self.find(call, call.id())
        for needed in ("read", action) if self.reads_first else (action,):
            call.need(needed, self.resource, org=document.get("orgID"), resource=document["id"])
        return document

    def readable(self, call: Call, document: Document, action: str = "read") -> bool:
        """Whether the token may read it."""
        return call.caller.may(
            action, self.resource, org=document.get("orgID"), resource=document["id"]
        )

    def put(self, call: Call, document: Document) -> None:
        """Store a document."""
        call.database.put(self.name, document, org=document["orgID"], name=document["name"])

    def view(self, call: Call, document: Document) -> Document:
        """A document as answers show it."""
        base = f"{self.path}/{document['id']}"
        shown = {name: value for name, value in document.items() if name not in PRIVATE}
        shown["links"] = {"self": base, **{part: f"{base}/{part}" for part in self.parts}}
        shown["labels"] = label_views(call, document)
        return self.finish(call, shown)

    def answer(self, call: Call, document: Document, status: int = 200) -> Response:
        """A document as the answer."""
        return self.reply(self.view(call, document), status)

    def reply(self, value: Document, status: int = 200) -> Response:
        """JSON in the layout of this kind."""
        return (compact_answer if self.compact else json_answer)(value, status)

    def nested(self, call: Call, action: str = "read") -> Document:
        """The document above a nested path, which answers in words of its own.

        Raises:
            Fault: 404 also for what may not be read, 400 for a malformed ID.
        """
        try:
            document = call.database.get(self.name, call.id())
        except Fault as fault:
            raise invalid(f"corrupt ID provided: {fault.message}") from None
        if document is None or not self.readable(call, document):
            raise not_found("404 page not found")
        if action == "write":
            call.need("write", self.resource, org=document.get("orgID"), resource=document["id"])
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

    def _one(self, call: Call) -> Response:
        return self.answer(call, self.get(call, "read"))

    def _delete(self, call: Call) -> Response:
        self.remove(call, self.get(call, "write"))
        return no_content()

    def _labels(self, call: Call) -> Response:
        found = label_views(call, self.nested(call))
        return json_answer({"links": {"self": LABELS}, "labels": found})

    def _add_label(self, call: Call) -> Response:
        document = self.nested(call, "write")
        label_id = call.json().id("labelID")
        if label_id is None:
            raise invalid("label id is required")
        label = call.database.get("label", label_id)
        if label is None:
            raise not_found("label not found")
        if label_id in document.get("labelIDs", ()):
            raise conflict("Cannot add label, label already exists on resource")
        document["labelIDs"] = [*document.get("labelIDs", ()), label_id]
        self.put(call, document)
        return json_answer({"links": {"self": f"{LABELS}/{label_id}"}, "label": label}, 201)

    def _drop_label(self, call: Call) -> Response:
        document, label_id = self.nested(call, "write"), call.id("label")
        document["labelIDs"] = [i for i in document.get("labelIDs", ()) if i != label_id]
        self.put(call, document)
        return no_content()


def label_views(call: Call, document: Document) -> list[Document]:
    """The labels on a document that still exist."""
    found = (call.database.get("label", label_id) for label_id in document.get("labelIDs", ()))
    return [label for label in found if label is not None]


def label_ids(asked: Body) -> list[str]:
    """The labels that a new document asks for."""
    return [parse_id(label) for label in asked.texts("labels")]
