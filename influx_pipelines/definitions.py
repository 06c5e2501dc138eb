"""The code location: load `defs/`, bind resources, apply the policies, pick the executor."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from influx_pipelines.defs.policies import with_policies
from influx_pipelines.resources import EstateResource, InfluxDBResource
from influx_pipelines.settings import load_definition_settings

EXECUTORS = {
    "in_process": dg.in_process_executor,
    "multiprocess": dg.multiprocess_executor,
}


@dg.definitions
def defs() -> dg.Definitions:
    """Everything of this project; opens no socket and reads no secret."""
    settings = load_definition_settings()
    loaded = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    return dg.Definitions.merge(
        loaded.map_resolved_asset_specs(func=lambda s: with_policies(s, owner=settings.owner)),
        dg.Definitions(
            resources={"influx": InfluxDBResource(), "estate": EstateResource()},
            executor=EXECUTORS[settings.executor],
        ),
    )
