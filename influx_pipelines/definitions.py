"""The code location: load `defs/`, bind resources, apply the policies, pick the executor."""

from __future__ import annotations

import warnings
from pathlib import Path

import dagster as dg

from influx_pipelines.defs.policies import with_policies
from influx_pipelines.executors import executor
from influx_pipelines.resources import AlertStoreResource, EstateResource, InfluxDBResource
from influx_pipelines.settings import load_definition_settings


@dg.definitions
def defs() -> dg.Definitions:
    """Everything of this project; opens no socket and reads no secret."""
    settings = load_definition_settings()
    loaded = dg.load_from_defs_folder(path_within_project=Path(__file__).parent)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # the one preview call of the project
        owned = loaded.map_resolved_asset_specs(
            func=lambda spec: with_policies(spec, owner=settings.owner)
        )
    return dg.Definitions.merge(
        owned,
        dg.Definitions(
            resources={
                "influx": InfluxDBResource(),
                "estate": EstateResource(),
                "alert_store": AlertStoreResource(),
            },
            executor=executor(settings.executor),
        ),
    )
