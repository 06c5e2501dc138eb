"""The Dagster side of the commands: the instance of this folder and the assets of this project."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from influx_pipelines.defs.buckets.partitions import buckets_partitions


def instance_of(root: Path) -> dg.DagsterInstance:
    """The instance that `dagster dev` uses in this folder: one history for all commands."""
    return dg.DagsterInstance.from_config(str(root))


def load_definitions() -> dg.Definitions:
    """The definitions of the project."""
    from influx_pipelines.definitions import defs

    return defs()


def split_by_partition(
    definitions: dg.Definitions,
) -> tuple[list[dg.AssetKey], list[dg.AssetKey]]:
    """The keys of the assets that can be materialized: without partitions, and one a bucket.

    What is partitioned otherwise is materialized by those who name a partition.
    """
    graph = definitions.resolve_asset_graph()
    keys = sorted(graph.materializable_asset_keys)
    plain = [key for key in keys if graph.get(key).partitions_def is None]
    per_bucket = [key for key in keys if graph.get(key).partitions_def == buckets_partitions]
    return plain, per_bucket
