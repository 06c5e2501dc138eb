"""Pages of lists, cut by number, with links to the ones before and after."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import failing, invalid
from influx_pipelines.embedded.http.call import Call, parse_id

_TRUE = frozenset(["1", "t", "T", "TRUE", "true", "True"])
_FALSE = frozenset(["0", "f", "F", "FALSE", "false", "False"])
_NUMBER = re.compile("[+-]?[0-9]{1,18}")
# Parameter → name in the links, which is not always the same on the real server.
FILTERS = {"org": "org", "orgID": "orgID", "id": "id"}


def asked_limit(call: Call, complaint: str) -> int:
    """The limit of tasks and of runs.

    Raises:
        Fault: no number, or out of bounds.
    """
    text = call.query.get("limit") or "100"
    if not _NUMBER.fullmatch(text):
        raise invalid(f'strconv.Atoi: parsing "{text}": invalid syntax')
    if not 1 <= int(text) <= 500:
        raise invalid(complaint)
    return int(text)


def truth(text: str) -> bool | None:
    """What Go reads in a text as true or false; None for all else."""
    return text in _TRUE if text in _TRUE | _FALSE else None


class Page:
    """What a request asks of a list: `offset`, `after`, `limit`, `sortBy`, `descending`.

    Raises:
        Fault: one of them is malformed; empty ones count as left out.
    """

    def __init__(self, call: Call, path: str, filters: dict[str, str] = FILTERS) -> None:
        self.call, self.path, self.filters = call, path, filters
        self.others: list[tuple[str, str]] = []  # more parameters for the links
        self.offset = self._number("offset")
        self.skipped = max(self.offset, 0)
        with failing("decoding after"):
            self.after = parse_id(call.query["after"]) if call.query.get("after") else None
        self.limit = self._number("limit", 20)
        if not 1 <= self.limit <= 100:
            raise invalid("limit must be between 1 and 100")
        self.sort_by = call.query.get("sortBy", "")
        descending = truth(call.query.get("descending") or "false")
        if descending is None:
            raise invalid("descending is invalid")
        self.descending = descending

    def _number(self, name: str, default: int = 0) -> int:
        text = self.call.query.get(name) or str(default)
        if not _NUMBER.fullmatch(text):
            raise invalid(f"{name} is invalid")
        return int(text)

    def by_id(self, found: list[Document]) -> list[Document]:
        """A list by IDs, from the one that it continues after."""
        after = self.after or ""
        if self.descending:
            return sorted((d for d in found if not after or d["id"] < after), key=_id, reverse=True)
        return sorted((d for d in found if d["id"] > after), key=_id)

    def cut(self, found: list[Document]) -> list[Document]:
        """What of a list is on this page."""
        return found[self.skipped : self.skipped + self.limit]

    def links(self, returned: int) -> dict[str, str]:
        """`self`, and `prev` and `next` where there may be more."""
        links = {"self": self.link(self.offset)}
        if self.offset > 0:
            links["prev"] = self.link(max(self.offset - self.limit, 0))
        if returned >= self.limit:
            links["next"] = self.link(self.offset + self.limit)
        return links

    def link(self, offset: int) -> str:
        """The address of the page that begins there, its parameters in order."""
        found = [("descending", str(self.descending).lower()), ("limit", str(self.limit))]
        found += [("offset", str(offset)), ("sortBy", self.sort_by), ("after", self.after or "")]
        for name, shown in self.filters.items():
            text = self.call.query.get(name, "")
            found.append((shown, text.lower() if name in ("id", "orgID") else text))
        return (
            f"{self.path}?{urlencode(sorted(pair for pair in [*found, *self.others] if pair[1]))}"
        )


def _id(document: Document) -> str:
    return str(document["id"])
