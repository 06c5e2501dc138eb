"""The page of each asset check: what it means, what to look at, what mends it."""

from __future__ import annotations

from typing import Any

import dagster as dg
from dagster import AssetKey

from influx_pipelines.settings import load_definition_settings

# Checks that several assets have in the same words: they share a page.
SHARED = frozenset(
    {
        "as_declared",
        "sample_is_apart",
        *("freshness", "gap_share", "dead_series", "row_count", "field_types", "step_change"),
    }
)
FIELD = "runbook"


def check_spec(
    name: str,
    *,
    asset: AssetKey | list[str],
    description: str,
    blocking: bool = False,
) -> dg.AssetCheckSpec:
    """The spec of an asset check, with its page."""
    return dg.AssetCheckSpec(
        name, asset=asset, blocking=blocking, **documented(asset, name, description)
    )


def documented(asset: AssetKey | list[str], name: str, description: str) -> dict[str, Any]:
    """Description and metadata of an asset check: Dagster's page shows the description only."""
    base = load_definition_settings().runbooks.rstrip("/")
    where = f"{base}/{page(asset, name)}"
    is_url = base.startswith(("http://", "https://"))
    value = dg.MetadataValue.url(where) if is_url else dg.MetadataValue.path(where)
    return {"description": f"{description} Runbook: {where}", "metadata": {FIELD: value}}


def page(asset: AssetKey | list[str], name: str) -> str:
    """The file of an asset check's page: `<asset>--<check>.md`, or `every--<check>.md`."""
    parts = asset.path if isinstance(asset, AssetKey) else asset
    owner = "every" if name in SHARED else "-".join(parts)
    return f"{owner}--{name}.md"
