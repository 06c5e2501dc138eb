"""Dashboards: what a file may say, and what differs from the server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.estate import plan
from influx_pipelines.estate.kinds.fluxtext import members_of
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import digest, load
from influx_pipelines.estate.observed import Observed
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.estate.plan import Plan
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx.models import Dashboard

ROOT = Path(__file__).parents[3]
NOTE = {"type": "markdown", "shape": "chronograf-v2", "note": "text"}


def text_of(note: str = "text", **place: int) -> str:
    properties = {"type": "markdown", "note": note}
    return json.dumps(
        {"name": "Plant", "cells": [{"name": "A", **place, "properties": properties}]}
    )


def write(tmp_path: Path, text: str, name: str = "plant.json") -> Path:
    (tmp_path / "e" / "dashboards").mkdir(parents=True, exist_ok=True)
    (tmp_path / "e" / "dashboards" / name).write_text(text)
    return tmp_path / "e"


def problems(folder: Path) -> list[str]:
    with pytest.raises(EstateError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def planned(folder: Path, *found: Dashboard, prune: bool = False) -> Plan:
    ledger = Ledger.open(folder / "ledger", "http://here", "org")
    observed = Observed(others={"dashboard": found})
    return plan(load(folder), observed, ledger, kinds=("dashboard",), prune=prune)


def there(*cells: dict[str, Any], description: str = MARKER) -> Dashboard:
    return Dashboard.model_validate(
        {
            "id": "d",
            "name": "Plant",
            "description": description,
            "cells": [{"id": f"c{number}", **cell} for number, cell in enumerate(cells)],
        }
    )


CELL = {"x": 0, "y": 0, "w": 4, "h": 4, "name": "A", "properties": NOTE}


def test_the_shipped_dashboards_load_and_use_declared_variables_alone() -> None:
    declared = load(ROOT / "estate")
    assert {
        "ArgoCD",
        "CI jobs",
        "Dagster",
        "HTTP Requests",
        "Hosts",
        "InfluxDB2",
        "JupyterLab servers",
        "K8s applications",
        "Weather",
    } == set(declared.of("dashboards"))


def test_cells_of_a_shipped_dashboard_do_not_overlap() -> None:
    for name, entry in load(ROOT / "estate").of("dashboards").items():
        taken: set[tuple[int, int]] = set()
        for cell in entry.cells:
            squares = {
                (x, y)
                for x in range(cell.x, cell.x + cell.w)
                for y in range(cell.y, cell.y + cell.h)
            }
            assert not squares & taken, (name, cell.name)
            assert cell.x + cell.w <= 12, (name, cell.name)
            taken |= squares


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ('{"name": "Plant",\n "cells": [}', "plant.json:2:12", "this is no JSON"),
        ('{"name": "Plant",\n "cels": []}', "plant.json:2:2", "did you mean cells?"),
        ("5", "plant.json:1:1", "write keys and values"),
        ('{"name": "P", "cells": [{"name": "A"}]}', "plant.json:1:25", "properties is missing"),
        (
            '{"name": "P", "cells": [{"name": "A", "properties":\n {"type": "map"}}]}',
            "plant.json:2:3",
            "type: write one of 'markdown', 'xy'",
        ),
        (
            '{"name": "P", "cells": [{"name": "A", "properties":\n {"type": "markdown",\n'
            ' "noet": "x"}}]}',
            "plant.json:3:2",
            "did you mean note?",
        ),
        (
            '{"name": "P", "cells": [{"name": "A", "properties": {"type": "xy", "queries": [\n'
            ' {"text": "from(bucket: "}]}}]}',
            "plant.json:2:3",
            "text: no Flux, at 1:",
        ),
        (
            '{"name": "P", "cells": [{"name": "A", "properties": {"type": "xy", "queries": [\n'
            ' {"text": "from(bucket: v.team)"}]}}]}',
            "plant.json:2:3",
            "there is no variable 'team' in the estate",
        ),
        (
            '{"name": "P", "cells": [{"name": "A",\n "x": 12, "properties":'
            ' {"type": "markdown"}}]}',
            "plant.json:2:2",
            "x: Input should be less than 12",
        ),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_column(
    tmp_path: Path, text: str, place: str, says: str
) -> None:
    (found,) = problems(write(tmp_path, text))
    assert found.startswith(f"e/dashboards/{place}: "), found
    assert says in found


def test_two_cells_of_one_name_are_refused(tmp_path: Path) -> None:
    cell = {"name": "A", "properties": {"type": "markdown"}}
    (found,) = problems(write(tmp_path, json.dumps({"name": "P", "cells": [cell, cell]})))
    assert "2 cells are called 'A'" in found


def test_a_name_in_two_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path, text_of())
    (found,) = problems(write(tmp_path, "name: Plant\n", "works.yaml"))
    assert found.startswith("e/dashboards/works.yaml:1:1")
    assert "declared already in e/dashboards/plant.json:1" in found


def test_the_digest_follows_the_files_of_dashboards(tmp_path: Path) -> None:
    before = digest(write(tmp_path, text_of()))
    assert digest(write(tmp_path, text_of("other"))) != before


def test_members_of_v_are_found_wherever_a_script_reads_them() -> None:
    script = 'f = () => v["a"]\nfrom(bucket: v.b) |> range(start: -1h) |> filter(fn: (r) => r.v.c)'
    assert members_of("v", script) == {"a", "b"}


def test_what_the_server_fills_in_is_no_difference(tmp_path: Path) -> None:
    filled = {**NOTE, "queries": None, "showNoteWhenEmpty": False, "ofANewerServer": 7}
    assert planned(write(tmp_path, text_of()), there({**CELL, "properties": filled})) == Plan()


@pytest.mark.parametrize(
    ("cells", "differs"),
    [
        ([{**CELL, "x": 3}], ["cell A"]),
        ([{**CELL, "properties": {**NOTE, "note": "by hand"}}], ["cell A"]),
        ([], ["cells", "cell A"]),
        ([{**CELL, "name": "B"}], ["cells", "cell A"]),
        ([CELL, {**CELL, "name": "B"}], ["cells"]),
        ([CELL, CELL], ["cells"]),
    ],
    ids=["place", "view", "missing", "renamed", "one more", "twice"],
)
def test_only_the_cells_that_differ_are_named(
    tmp_path: Path, cells: list[dict[str, Any]], differs: list[str]
) -> None:
    (change,) = planned(write(tmp_path, text_of()), there(*cells)).changes
    assert (change.action, list(change.after)) == ("update", differs)


def test_the_table_of_a_plan_shows_what_differs_within_a_cell(tmp_path: Path) -> None:
    folder = write(tmp_path, text_of("n" * 500))
    (change,) = planned(folder, there({**CELL, "x": 3})).changes
    assert change.row()["what"].startswith("cell A.x 3 → 0, cell A.properties.note text → nnn")
    assert len(change.row()["what"]) < 200


def test_one_of_somebody_else_is_a_conflict_and_adopted_only_when_that_is_said(
    tmp_path: Path,
) -> None:
    theirs = there(CELL, description="theirs")
    folder = write(tmp_path, text_of())
    found = planned(folder, theirs, prune=True)
    assert (found.changes, [one.state for one in found.findings]) == ((), ["conflict"])
    text = json.dumps({**json.loads(text_of()), "adopt": True})
    (change,) = planned(write(tmp_path, text), theirs).changes
    assert (change.action, change.after) == ("adopt", {"description": MARKER})
