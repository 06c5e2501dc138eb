"""The code location: load `defs/`, bind resources, apply the policies, pick the executor."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path

import dagster as dg

from influx_pipelines.defs.policies import with_policies
from influx_pipelines.executors import executor
from influx_pipelines.resources import AlertStoreResource, EstateResource, InfluxDBResource
from influx_pipelines.settings import load_definition_settings

ROOT = Path(__file__).parents[1]


@dg.definitions
def defs() -> dg.Definitions:
    """Everything of this project; opens no socket and reads no secret."""
    settings = load_definition_settings()
    # By the module, since an installed package has no pyproject.toml beside it.
    tree = dg.ComponentTree.from_module(import_module("influx_pipelines.defs"), ROOT)
    with warnings.catch_warnings():
        # Of Dagster's own loader, and of the one preview call of the project.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        warnings.simplefilter("ignore", dg.BetaWarning)
        owned = tree.build_defs().map_resolved_asset_specs(
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
