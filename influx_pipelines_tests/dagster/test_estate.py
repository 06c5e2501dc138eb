"""The assets that apply the estate, kind by kind, and the plan of everything."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest

from influx_pipelines.defs.estate import assets
from influx_pipelines.estate import exclusive
from influx_pipelines.estate.exclusive import exclusively
from influx_pipelines_tests.dagster.conftest import World

VARIABLE = "variables:\n  - name: levels\n    values: [low, high]\n"
DASHBOARD = "dashboards:\n  - name: empty\n"
CASES = {
    "variable": (assets.variables, VARIABLE),
    "dashboard": (assets.dashboards, DASHBOARD),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[dg.AssetsDefinition, str]:
    return CASES[request.param]


def materialize(world: World, asset: dg.AssetsDefinition) -> tuple[bool, dict[str, Any]]:
    """Whether the asset check passed, and the metadata."""
    result = world.run(asset)
    (found,) = result.get_asset_check_evaluations()
    (event,) = result.asset_materializations_for_node(asset.op.name)
    return found.passed, {name: value.value for name, value in event.metadata.items()}


def test_the_asset_makes_what_is_declared(
    world: World, case: tuple[dg.AssetsDefinition, str]
) -> None:
    asset, text = case
    world.declare(text)
    passed, metadata = materialize(world, asset)
    assert passed
    assert "created" in metadata["summary"]
    passed, metadata = materialize(world, asset)
    assert passed
    assert metadata["summary"] == "nothing to change"


def test_a_conflict_fails_the_check(world: World) -> None:
    body = {"orgID": world.client.org_id, "name": "levels"}
    arguments = {"type": "constant", "values": ["theirs"]}
    world.client.request("POST", "/api/v2/variables", json={**body, "arguments": arguments})
    world.declare(VARIABLE)
    passed, metadata = materialize(world, assets.variables)
    assert not passed
    assert "adopt: true" in str(metadata["found"])


def test_a_dashboard_of_somebody_else_fails_the_check(world: World) -> None:
    world.client.request(
        "POST", "/api/v2/dashboards", json={"orgID": world.client.org_id, "name": "empty"}
    )
    world.declare(DASHBOARD)
    passed, metadata = materialize(world, assets.dashboards)
    assert not passed
    assert "adopt: true" in str(metadata["found"])


def test_an_apply_waits_for_another_and_then_gives_up_with_a_sentence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exclusive, "WAIT", 0.1)
    with (
        exclusively(world.estate.settings().home),
        pytest.raises(dg.Failure, match="Another apply is at work") as caught,
        world.estate.exclusively(),
    ):
        pass
    assert caught.value.allow_retries
    with world.estate.exclusively():
        pass
