"""The calls about API tokens: a secret comes once, from the creating request."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import SecretStr

from influx_pipelines.influx import paging
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.influx.models import Authorization
from influx_pipelines.influx.session import Session

PATH = "/api/v2/authorizations"


class NewToken(NamedTuple):
    """A token that was made, and its secret."""

    token: Authorization
    secret: SecretStr


class TokenCalls(Session):
    """Tokens of the client's organisation."""

    def tokens(self) -> tuple[Authorization, ...]:
        """Those that our token may see, in order of creation; without their secrets."""
        found = self.request("GET", PATH, params={"orgID": self.org_id})["authorizations"]
        return tuple(map(Authorization.model_validate, found))

    def token(self, id: str) -> Authorization:
        """One of them.

        Raises:
            NotFound: there is none of that ID, or it may not be seen.
        """
        return Authorization.model_validate(self.request("GET", f"{PATH}/{id}"))

    def create_token(
        self,
        description: str,
        permissions: Sequence[Mapping[str, Any]],
        before_repeat: Callable[[], None],
    ) -> NewToken:
        """Make a token.

        When an answer was lost the secret was lost with it: `before_repeat` is called to delete
        what was made without anybody knowing its secret.
        """
        body = {"orgID": self.org_id, "description": description, "permissions": permissions}
        raw = paging.create_once(
            lambda: self.request("POST", PATH, json=body, retry=False),
            before_repeat,
            self.retry_seconds,
        )
        secret = SecretStr(raw.pop("token"))  # first of all: an error about the rest shows it
        return NewToken(Authorization.model_validate(raw), secret)

    def change_token(self, id: str, changes: Mapping[str, str]) -> None:
        """Another description or status; nothing else of a token can change."""
        self.request("PATCH", f"{PATH}/{id}", json=dict(changes))

    def delete_token(self, id: str) -> None:
        """Delete one; one that is gone already is as good."""
        try:
            self.request("DELETE", f"{PATH}/{id}")
        except NotFound:
            return
