"""Pages of lists, cut by number, with links to the ones before and after."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import Fault, invalid
from influx_pipelines.embedded.http.call import Call, parse_id

_TRUE = frozenset(["1", "t", "T", "TRUE", "true", "True"])
_FALSE = frozenset(["0", "f", "F", "FALSE", "false", "False"])
# Parameter → name in the links, which is not always the same on the real server.
FILTERS = {"org": "org", "orgID": "orgID", "id": "id", "after": "after"}


def asked_limit(call: Call, complaint: str) -> int:
    """The limit of tasks and of runs.

    Raises:
        Fault: no number, or out of bounds.
    """
    text = call.query.get("limit") or "100"
    if not re.fullmatch("[+-]?[0-9]+", text):
        raise invalid(f'strconv.Atoi: parsing "{text}": invalid syntax')
    if not 1 <= int(text) <= 500:
        raise invalid(complaint)
    return int(text)


class Page:
    """What a request asks of a list: `limit`, `offset`, `descending`, `after`.

    Raises:
        Fault: one of them is malformed.
    """

    def __init__(self, call: Call, path: str, filters: dict[str, str] = FILTERS) -> None:
        self.call, self.path, self.filters = call, path, filters
        self.others: list[tuple[str, str]] = []  # more parameters for the links
        self.limit = self._number("limit", 20)
        self.offset = max(self._number("offset", 0), 0)
        if not 1 <= self.limit <= 100:
            raise invalid("limit must be between 1 and 100")
        text = call.query.get("descending", "false")
        if text not in _TRUE | _FALSE:
            raise invalid("descending is invalid")
        self.descending = text in _TRUE
        self.after = self._after()

    def _number(self, name: str, default: int) -> int:
        try:
            return int(self.call.query.get(name, default))
        except ValueError:
            raise invalid(f"{name} is invalid") from None

    def _after(self) -> str | None:
        after = self.call.query.get("after")
        if after is None:
            return None
        try:
            return parse_id(after)
        except Fault as fault:
            raise invalid(f"decoding after: {fault.message}") from None

    def cut(self, found: list[Document]) -> list[Document]:
        """What of a list is on this page."""
        return found[self.offset : self.offset + self.limit]

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
        found += [("offset", str(offset)), *self.others]
        for name, shown in self.filters.items():
            found += [(shown, value) for value in self.call.query.getlist(name) if value]
        return f"{self.path}?{urlencode(sorted(found))}"
