"""What the doctor says of assets holds for the assets that there are."""

from __future__ import annotations

from influx_pipelines.definitions import defs
from influx_pipelines.doctor.needs import NEEDS, needs_of_data
from influx_pipelines.settings import Settings


def test_whoever_needs_a_right_is_an_asset_or_a_command() -> None:
    graph = defs().resolve_asset_graph()
    assets = {key.to_user_string() for key in graph.materializable_asset_keys}
    needs = (*NEEDS, *needs_of_data(Settings(_env_file=None)))
    who = {name for need in needs for name in need.who}
    assert {name for name in who if not name.startswith("influx-pipelines ")} <= assets
