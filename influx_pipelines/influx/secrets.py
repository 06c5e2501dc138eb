"""The calls about secrets: names come out, values only go in."""

from __future__ import annotations

from urllib.parse import quote

from influx_pipelines.influx.session import Session


class SecretCalls(Session):
    """Secrets of the client's organisation, which scripts read by `secrets.get`."""

    def secrets(self) -> tuple[str, ...]:
        """The names.

        Raises:
            NotFound: the token may not read them.
        """
        return tuple(self.request("GET", self._path)["secrets"] or ())

    def put_secret(self, name: str, value: str) -> None:
        """Add or overwrite one."""
        self.request("PATCH", self._path, json={name: value})

    def delete_secret(self, name: str) -> None:
        """Delete one; one that is not there is as good."""
        if "/" in name:  # the newer way answers 404 to it
            self.request("POST", f"{self._path}/delete", json={"secrets": [name]})
        else:
            self.request("DELETE", f"{self._path}/{quote(name, safe='')}")

    @property
    def _path(self) -> str:
        return f"/api/v2/orgs/{self.org_id}/secrets"
