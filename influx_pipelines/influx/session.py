"""What every group of calls stands on: the transport, one JSON call, the organisation."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from influx_pipelines.influx import answers
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.influx.retry import retrying
from influx_pipelines.influx.transport import Transport


class Session:
    """A server, a token and an organisation."""

    def __init__(self, transport: Transport, url: str, org: str, retry_seconds: float) -> None:
        self.transport = transport
        self.url = url
        self.org = org
        self.retry_seconds = retry_seconds

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        retry: bool = True,
    ) -> Any:
        """Send JSON, return the JSON of the answer (None where it is empty).

        A creating POST is never repeated blindly after a broken connection: give `retry=False`
        and look first what is there.

        Raises:
            InfluxError: its subclass tells what happened.
        """
        body = None if json is None else jsonlib.dumps(json).encode()
        headers = {"Content-Type": "application/json"} if body is not None else {}

        def once() -> Any:
            answer = self.transport.send(method, path, params=params, body=body, headers=headers)
            where = self.url + path
            return answers.value_of(method, where, answer.status, answer.headers, answer.body)

        return retrying(once, self.retry_seconds if retry else 0.0)

    @cached_property
    def org_id(self) -> str:
        """The ID of the organisation, looked up once.

        Raises:
            NotFound: there is no organisation of that name, or the token may not see it.
        """
        return _find_org_id(self)


def _find_org_id(session: Session) -> str:
    """The ID of the client's organisation."""
    try:
        found = session.request("GET", "/api/v2/orgs", params={"org": session.org})
    except NotFound as error:
        raise NotFound(
            f"{session.url} has no organization {session.org!r}. Check INFLUXDB_ORG.", status=404
        ) from error
    orgs = [org for org in found.get("orgs", []) if org.get("name") == session.org]
    if not orgs:
        raise NotFound(
            f"The token sees no organization {session.org!r} at {session.url}: it is inactive, may "
            "not read organizations, or belongs to another one. Check INFLUXDB_TOKEN and "
            "INFLUXDB_ORG.",
            status=404,
        )
    return str(orgs[0]["id"])
