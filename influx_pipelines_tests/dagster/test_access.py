"""The assets of tokens: made and rotated when due, and a report of all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg

from influx_pipelines.defs.access import assets
from influx_pipelines.estate.tokens.store import TokenStore
from influx_pipelines_tests.dagster.conftest import World

DECLARED = """
buckets:
  - name: mine
tokens:
  - name: writer
    permissions:
      - {resource: buckets, actions: [write], buckets: [mine]}
"""


def materialize(world: World, asset: dg.AssetsDefinition) -> tuple[dict[str, bool], dict[str, Any]]:
    """Which asset checks passed, and the metadata."""
    result = world.run(asset)
    checks = {found.check_name: found.passed for found in result.get_asset_check_evaluations()}
    (event,) = result.asset_materializations_for_node(asset.op.name)
    return checks, {name: value.value for name, value in event.metadata.items()}


def secret_file(world: World) -> Path:
    return TokenStore.beside(world.estate.ledger(world.client)).path("writer")


def test_a_token_is_made_once_and_rotated_only_when_due(world: World) -> None:
    world.declare(DECLARED)
    world.bucket("mine")
    checks, metadata = materialize(world, assets.tokens)
    assert checks == {"as_declared": True, "secrets_private": True}
    assert metadata["summary"] == "1 token created"
    first = secret_file(world).read_text()
    assert materialize(world, assets.tokens)[1]["summary"] == "nothing to change"
    assert secret_file(world).read_text() == first
    ledger = world.estate.ledger(world.client)
    ledger.change_token("writer", lambda record: replace(record, due=True))
    assert materialize(world, assets.tokens)[1]["summary"] == "1 token replaced"
    assert secret_file(world).read_text() != first


def test_a_token_without_its_bucket_fails_the_check(world: World) -> None:
    world.declare(DECLARED)
    checks, metadata = materialize(world, assets.tokens)
    assert not checks["as_declared"]
    assert "There is no bucket 'mine'" in str(metadata["plan"])


def test_a_secret_that_others_may_read_fails_the_check(world: World) -> None:
    world.declare(DECLARED)
    world.bucket("mine")
    materialize(world, assets.tokens)
    secret_file(world).chmod(0o644)
    checks, _ = materialize(world, assets.tokens)
    assert checks == {"as_declared": True, "secrets_private": False}


def test_the_report_passes_until_a_bucket_is_gone(world: World) -> None:
    world.declare(DECLARED)
    world.bucket("mine")
    materialize(world, assets.tokens)
    checks, metadata = materialize(world, assets.token_report)
    assert checks == {"buckets_exist": True}
    assert metadata["summary"] == "1 tokens, 1 to look at"
    assert "no point in 30 days in mine" in str(metadata["to_look_at"])
    world.client.write_lines(b"m f=1", bucket="mine")
    assert materialize(world, assets.token_report)[1]["to_look_at"] == "none"
    bucket = world.client.find_bucket("mine")
    assert bucket is not None
    world.client.delete_bucket(bucket)
    checks, metadata = materialize(world, assets.token_report)
    assert checks == {"buckets_exist": False}
    assert "its bucket is gone" in str(metadata["to_look_at"])
