"""The calls about DBRP mappings."""

from __future__ import annotations

from typing import Any

from influx_pipelines.influx import paging
from influx_pipelines.influx.errors import Invalid
from influx_pipelines.influx.models import Dbrp
from influx_pipelines.influx.session import Session

PATH = "/api/v2/dbrps"


class MappingCalls(Session):
    """DBRP mappings of the client's organisation."""

    def dbrps(self) -> list[Dbrp]:
        """All mappings, physical ones first; this list is not paged."""
        found = self.request("GET", PATH, params={"orgID": self.org_id})["content"]
        return [Dbrp.model_validate(item) for item in found]

    def create_dbrp(
        self, bucket_id: str, database: str, policy: str, *, default: bool = True
    ) -> Dbrp:
        """Make a mapping; the first of a database is always its default.

        Raises:
            Conflict: database and policy are mapped already.
        """
        body = {
            "orgID": self.org_id,
            "bucketID": bucket_id,
            "database": database,
            "retention_policy": policy,
            "default": default,
        }
        return paging.create_once(
            lambda: Dbrp.model_validate(self.request("POST", PATH, json=body, retry=False)),
            lambda: next(
                (
                    d
                    for d in self.dbrps()
                    if (d.database, d.retention_policy, d.virtual) == (database, policy, False)
                ),
                None,
            ),
            self.retry_seconds,
        )

    def update_dbrp(
        self, mapping: Dbrp, *, default: bool | None = None, policy: str | None = None
    ) -> Dbrp:
        """Change the policy's name or make it the default.

        Raises:
            Invalid: it is virtual: the server would write a record that nothing finds.
        """
        _refuse_virtual(mapping)
        body: dict[str, Any] = {"default": default, "retention_policy": policy}
        found = self.request(
            "PATCH",
            f"{PATH}/{mapping.id}",
            params={"orgID": self.org_id},
            json={name: value for name, value in body.items() if value is not None},
        )
        return Dbrp.model_validate(found["content"])

    def delete_dbrp(self, mapping: Dbrp) -> None:
        """Delete a mapping.

        Raises:
            Invalid: it is virtual: the server would answer 204 and do nothing.
        """
        _refuse_virtual(mapping)
        self.request("DELETE", f"{PATH}/{mapping.id}", params={"orgID": self.org_id})


def _refuse_virtual(mapping: Dbrp) -> None:
    if mapping.virtual:
        raise Invalid(
            f"The mapping {mapping.database}/{mapping.retention_policy} is virtual: it is the "
            "server's own and can be neither changed nor deleted."
        )
