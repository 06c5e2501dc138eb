"""What all components share: a server, keys that meet no others, group, owners, dependencies."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from influx_pipelines.components.server import InfluxServer
from influx_pipelines.defs.automation import schedule_status

KINDS = {"influxdb"}


class InfluxComponent(dg.Component, dg.Model, dg.Resolvable):
    """The attributes that every component has."""

    server: InfluxServer = Field(
        default_factory=InfluxServer,
        description="The server; unset, INFLUXDB_URL and its companions when a run asks.",
    )
    key_prefix: list[str] = Field(default=[], description="Put before the keys of the assets.")
    owners: list[str] = Field(default=[], description="E-mail addresses, or `team:name`.")
    deps: list[str] = Field(
        default=[], description="Keys of assets that come first, as `influx_buckets/weather`."
    )

    def key(self, *parts: str) -> dg.AssetKey:
        """A key below the prefix; a part that is free text is reduced to what Dagster takes.

        Raises:
            ValueError: nothing of a part is left.
        """
        return dg.AssetKey([*self.key_prefix, *(plain(part) for part in parts)])

    def options(self, checks: Iterable[dg.AssetCheckSpec], key: dg.AssetKey) -> dict[str, Any]:
        """What is the same of every asset of components."""
        return {
            "key": key,
            "code_version": "1",
            "kinds": KINDS,
            "owners": self.owners,
            "check_specs": [check_of(spec, key) for spec in checks],
        }

    def first(self) -> list[dg.AssetKey]:
        """The assets that come first."""
        return [dg.AssetKey.from_user_string(one) for one in self.deps]


def plain(text: str) -> str:
    """A text as a part of a key: letters, digits and underscores.

    Raises:
        ValueError: nothing is left.
    """
    found = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    if not found:
        raise ValueError(f"{text!r} holds no letter that a key may have: give another name")
    return found


def check_of(spec: dg.AssetCheckSpec, key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The same asset check, of another asset."""
    return dg.AssetCheckSpec(
        spec.name, asset=key, description=spec.description, blocking=spec.blocking
    )


def schedule(
    key: dg.AssetKey, what: str, cron: str | None, description: str
) -> Sequence[dg.ScheduleDefinition]:
    """A schedule of an asset that no other component has; none without a cron expression."""
    if not cron:
        return ()
    return (
        dg.ScheduleDefinition(
            name=f"{'_'.join(key.path)}_{what}",
            target=dg.AssetSelection.assets(key),
            cron_schedule=cron,
            execution_timezone="UTC",
            default_status=schedule_status(),
            description=description,
        ),
    )
