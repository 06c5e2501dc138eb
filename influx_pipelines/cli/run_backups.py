"""Which backups a run of everything takes: those of a server that we started."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings

GROUP = "backups"


def backup_keys(definitions: dg.Definitions) -> set[dg.AssetKey]:
    """The assets of backups, which come at the very end."""
    graph = definitions.resolve_asset_graph()
    return set(dg.AssetSelection.groups(GROUP).resolve(graph))


def about_backups(settings: Settings, connection: Connection) -> str:
    """What a run does about backups.

    A server of somebody else may be large: nobody who wants to see the assets once asks for all of
    it on this disk, or for a restore into it.
    """
    if connection.ours:
        return f"one in {settings.backups}, and a bucket of it restored on trial"
    return "none of a server of yours; `influx-pipelines backup take`, or every night in `make up`"
