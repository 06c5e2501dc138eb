"""What is special about tasks on a server: scripts that it rewrites, names that are not unique."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.estate.judge import judged
from influx_pipelines.estate.plan import Plan
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.world import World

DECLARED = """
tasks:
  - name: other
    description: %s
    template: other
    every: 90m
    offset: 0s
    parameters: {bucket: monitoring, last: 1}
"""


@pytest.fixture
def world(influx: Influx, tmp_path: Path) -> World:
    made = World(influx, tmp_path)
    made.declare(DECLARED % "A text")
    return made


def tasks(world: World) -> list[dict[str, Any]]:
    params = {"orgID": world.client.org_id}
    return list(world.client.request("GET", "/api/v2/tasks", params=params)["tasks"])


def patch(world: World, **changes: str) -> dict[str, Any]:
    (found,) = tasks(world)
    path = f"/api/v2/tasks/{found['id']}"
    return dict(world.client.request("PATCH", path, json=changes))


def test_a_description_alone_can_be_changed(world: World) -> None:
    """A server refuses a PATCH with nothing but a description."""
    world.apply()
    world.declare(DECLARED % "Another text")
    world.apply()
    assert world.plan() == Plan()
    assert tasks(world)[0]["description"].startswith("Another text")


def test_an_option_that_was_changed_by_hand_is_mended(world: World) -> None:
    world.apply()
    patch(world, every="2h")
    (change,) = world.plan().changes
    assert (change.action, list(change.after)) == ("update", ["flux"])
    assert change.row()["what"].startswith("flux of 3 lines, 1 of them other, the first: option")
    world.apply()
    assert tasks(world)[0]["every"] == "1h30m"


def test_a_script_that_the_server_laid_out_anew_is_as_declared(world: World) -> None:
    script = world.folder / "mine.flux"
    flux = 'option task = {name:"mine",every:1h}\nbuckets() |> limit(n:1)'
    script.write_text(flux)
    world.declare("tasks:\n  - {name: mine, script: mine.flux}\n")
    world.apply()
    patch(world, every="2h")
    assert patch(world, every="1h")["flux"] != flux
    assert world.plan() == Plan()


def test_of_two_with_one_name_ours_is_the_one_that_counts(world: World) -> None:
    flux = 'option task = {name: "other", every: 1h}\nbuckets()'
    body = {"orgID": world.client.org_id, "flux": flux}
    world.apply()
    world.client.request("POST", "/api/v2/tasks", json=body)
    assert world.plan() == Plan()


def test_of_two_of_ours_with_one_name_the_second_is_pruned(world: World) -> None:
    world.apply()
    (first,) = tasks(world)
    body = {name: first[name] for name in ("orgID", "flux", "description")}
    world.client.request("POST", "/api/v2/tasks", json=body)
    planned = world.plan(prune=True)
    assert [change.action for change in planned.changes] == ["delete"]
    world.apply(planned, allow_data_loss=planned.fingerprint)
    assert len(tasks(world)) == 1
    assert world.plan() == Plan()


def test_what_the_server_does_not_parse_stops_the_apply_before_anything_is_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = world.plan()
    planned.changes[0].after["flux"] = "from("
    (finding,) = judged(planned, world.client).refused
    assert finding.name == "other"
    assert re.match(r"the server says: .* \(estate/estate\.yaml:3:5\)", finding.text)
    with pytest.raises(EstateError, match=r"estate/estate\.yaml:3:5: other: the server says: "):
        world.apply(planned)
    assert tasks(world) == []


def test_a_bucket_that_will_not_be_there_is_told_and_one_that_is_declared_is_not(
    world: World,
) -> None:
    """A server takes the script of a task whose bucket is misspelled, and every run fails."""
    script = 'option task = {name: "copies", every: 1h}\nfrom(bucket: "monitorin")'
    script += ' |> range(start: -1h) |> to(bucket: "copy")'
    (world.folder / "mine.flux").write_text(script)
    task = "tasks: [{name: copies, script: mine.flux}]\n"
    world.declare(task)
    told = [finding.text for finding in world.plan().findings if finding.state == "missing"]
    assert [text.split("'")[1] for text in told] == ["copy", "monitorin"]
    world.declare(f"buckets: [{{name: copy}}, {{name: monitorin}}]\n{task}")
    assert world.plan().findings == ()


def test_a_plan_without_a_new_script_asks_the_server_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert judged(world.plan(), world.client).refused == ()
    world.apply()
    world.declare(DECLARED % "Another text")
    planned = world.plan()
    monkeypatch.setattr(world.client, "request", None)
    assert judged(planned, world.client) == planned


def test_a_list_of_tasks_is_read_to_its_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that knows no offset gave its first page for each, and the rest was made again."""
    monkeypatch.setattr("influx_pipelines.influx.paging.PAGE_AFTER", 2)
    names = ", ".join(f"app{n}" for n in range(5))
    entry = '{name: "{bucket} x", each: application, template: other, every: 1h,'
    parameters = "parameters: {last: 1}}"
    world.declare(f"applications: {{names: [{names}]}}\ntasks:\n  - {entry} {parameters}\n")
    world.apply()
    assert len(tasks(world)) == 5
    assert not [change for change in world.plan().changes if change.kind == "task"]
