"""A list of the REST API: reading it whole, making, changing and deleting one of its objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel

from influx_pipelines.influx import paging
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.influx.session import Session

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Collection(Generic[M]):
    """`/api/v2/<name>` of the client's organisation.

    `key` is where answers hold the list; `paged` lists are read page by page, by offset or after
    the last ID; `envelope` is the field of an answer with one object, empty where it is the answer
    itself.
    """

    name: str
    model: type[M]
    key: str = ""
    paged: bool | Literal["after"] = False
    envelope: str = ""

    @property
    def path(self) -> str:
        """Where the list is."""
        return f"/api/v2/{self.name}"

    def all(self, client: Session, **filters: str) -> tuple[M, ...]:
        """Every object of the organisation that the token may see and the filters leave."""

        def get(page: Mapping[str, Any]) -> list[dict[str, Any]]:
            params = {"orgID": client.org_id, **filters, **page}
            found: list[dict[str, Any]] = client.request("GET", self.path, params=params)[
                self.key or self.name
            ]
            return found

        if self.paged == "after":
            return tuple(map(self.model.model_validate, paging.pages_after(get)))
        return tuple(map(self.model.model_validate, paging.pages(get) if self.paged else get({})))

    def get(self, client: Session, id: str) -> M:
        """One object.

        Raises:
            NotFound: there is none of that ID.
        """
        return self._one(client.request("GET", f"{self.path}/{id}"))

    def create(self, client: Session, body: Mapping[str, Any], is_it: Callable[[M], bool]) -> M:
        """Make an object; `is_it` finds it again when the answer was lost.

        Raises:
            Conflict: the name is taken.
        """
        asked = {"orgID": client.org_id, **body}
        return paging.create_once(
            lambda: self._one(client.request("POST", self.path, json=asked, retry=False)),
            lambda: next(filter(is_it, self.all(client)), None),
            client.retry_seconds,
        )

    def update(
        self, client: Session, id: str, body: Mapping[str, Any], *, method: str = "PATCH"
    ) -> M:
        """Change an object.

        Raises:
            NotFound: there is none of that ID.
        """
        return self._one(client.request(method, f"{self.path}/{id}", json=dict(body)))

    def delete(self, client: Session, id: str) -> None:
        """Delete an object; one that is gone already is as good."""
        try:
            client.request("DELETE", f"{self.path}/{id}")
        except NotFound:
            return

    def _one(self, answer: Any) -> M:
        return self.model.model_validate(answer[self.envelope] if self.envelope else answer)
