"""The assets as a job whose steps each find themselves in an empty folder of their own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import dagster as dg

from influx_pipelines_tests.cluster.work import INGEST

FOLDERS = "INFLUX_PIPELINES_TESTS_STEPS"


def job() -> dg.JobDefinition:
    """Asked for in the process of each step, before anything of ours is loaded there."""
    os.chdir(tempfile.mkdtemp(dir=os.environ[FOLDERS]))
    from influx_pipelines.definitions import defs

    loaded = defs()
    chosen = dg.AssetSelection.assets(*INGEST.keys, *unpartitioned(loaded))
    asked = dg.Definitions(jobs=[dg.define_asset_job("apart", chosen)])
    return dg.Definitions.merge(loaded, asked).resolve_job_def("apart")


def unpartitioned(loaded: dg.Definitions) -> list[dg.AssetKey]:
    """The assets that are made as a whole."""
    found = loaded.resolve_asset_graph().assets_defs
    return sorted(key for asset in found if not asset.partitions_def for key in asset.keys)


def left_behind() -> dict[str, list[str]]:
    """What the steps left in their working folders, by folder."""
    return {
        folder.name: sorted(str(file.relative_to(folder)) for file in folder.rglob("*"))
        for folder in Path(os.environ[FOLDERS]).iterdir()
    }
