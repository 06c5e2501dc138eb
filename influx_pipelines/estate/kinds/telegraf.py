"""Configurations of Telegraf, which agents fetch from the server."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from influx_pipelines.estate.changes import Change
from influx_pipelines.estate.kinds.credentials import refuse_credentials
from influx_pipelines.estate.kinds.declared import LabelledEntry, Reference
from influx_pipelines.estate.kinds.kind import Doing
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.influx.collection import Collection
from influx_pipelines.influx.models import Telegraf


def _outputs(config: str) -> list[dict[str, Any]]:
    """The InfluxDB outputs of a configuration."""
    found = tomllib.loads(config).get("outputs", {})
    outputs = found.get("influxdb_v2", []) if isinstance(found, dict) else []
    return [one for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else []


def _config(value: str) -> str:
    try:
        outputs = _outputs(value)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"no TOML: {error}") from None
    for output in outputs:
        if not str(output.get("token", "$")).startswith(("$", "@")):
            raise ValueError('a token does not belong in a file: write token = "$INFLUX_TOKEN"')
    return value


def buckets_of(config: str) -> list[str]:
    """The buckets that a configuration writes to, as the server finds them."""
    return [str(one["bucket"]) for one in _outputs(config) if one.get("bucket")]


class TelegrafEntry(LabelledEntry):
    """A configuration of Telegraf."""

    config: Annotated[str, AfterValidator(_config)] = Field(
        description="The configuration, in TOML; the token as a variable of the agent."
    )


class TelegrafKind(ObjectKind[TelegrafEntry, Telegraf]):
    """Names are not unique to the server; a PUT must say everything."""

    name, key = "telegraf_config", "telegraf_configs"
    about = "Configurations of Telegraf."
    entry = TelegrafEntry
    collection = Collection("telegrafs", Telegraf, key="configurations")
    changes_by = "PUT"
    hidden = frozenset({"config"})

    def references(self, entry: TelegrafEntry) -> Iterable[Reference]:
        """The buckets of its outputs, unless the agent's environment names them."""
        for name in buckets_of(entry.config):
            if "$" not in name:
                yield Reference("bucket", name, ("config",))

    def wanted(self, entry: TelegrafEntry) -> Mapping[str, Any]:
        """The text, and its buckets, which the server forgets when a change does not name them."""
        return {"config": entry.config, "buckets": buckets_of(entry.config)}

    def written(self, found: Telegraf, names: Mapping[str, str]) -> Mapping[str, Any]:
        """The text.

        Raises:
            ValueError: it is no TOML, or holds a credential.
        """
        refuse_credentials(tomllib.loads(found.config))
        return {"config": found.config}

    def present(self, found: Telegraf) -> Mapping[str, Any]:
        """As the server tells them."""
        return {"config": found.config, "buckets": list(found.metadata.get("buckets") or ())}

    def body(self, after: Mapping[str, Any]) -> dict[str, Any]:
        """The buckets are metadata to the server."""
        rest = {key: value for key, value in after.items() if key != "buckets"}
        return {**rest, "metadata": {"buckets": after["buckets"]}}

    def update(self, change: Change, doing: Doing) -> None:
        """Everything that it is, with what differs."""
        found = next(one for one in self.collection.all(doing.client) if one.id == change.id)
        whole = {"name": found.name, "description": found.description, **self.present(found)}
        body = {"orgID": doing.client.org_id, **self.body({**whole, **change.after})}
        self.collection.update(doing.client, change.id, body, method="PUT")
