"""What holds for every kind that is declared as a list, shown with variables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.estate import plan
from influx_pipelines.estate.kinds.variable import VariableEntry
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.observed import Observed
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.models import Variable


def there(name: str, values: Any, description: str = MARKER, id: str = "") -> Variable:
    arguments = {"type": "constant", "values": values}
    return Variable(id=id or f"id-{name}", name=name, description=description, arguments=arguments)


@pytest.fixture
def planned(tmp_path: Path) -> Any:
    def make(entries: list[VariableEntry], found: list[Variable], prune: bool = False) -> Plan:
        declared = Estate(
            others={"variables": {entry.name: entry for entry in entries}},
            places={("variables", entry.name): "estate/v.yaml:3" for entry in entries},
        )
        ledger = Ledger.open(tmp_path / "ledger.json", "http://here", "org")
        observed = Observed(others={"variable": tuple(found)})
        return plan(declared, observed, ledger, kinds=("variable",), prune=prune)

    return make


def test_what_is_missing_is_created_with_the_marker_and_its_place(planned: Any) -> None:
    (change,) = planned([VariableEntry(name="a", values=["x"], description="text")], []).changes
    assert (change.action, change.place) == ("create", "estate/v.yaml:3")
    assert change.after["description"] == f"text {MARKER}"


def test_only_what_differs_is_changed(planned: Any) -> None:
    entry = VariableEntry(name="a", values=["x", "y"])
    (change,) = planned([entry], [there("a", ["x"])]).changes
    assert (change.action, list(change.after)) == ("update", ["arguments"])
    assert planned([entry], [there("a", ["x", "y"])]) == Plan()


def test_another_case_of_the_name_is_a_renaming(planned: Any) -> None:
    (change,) = planned([VariableEntry(name="A", values=["x"])], [there("a", ["x"])]).changes
    assert (change.action, change.after) == ("update", {"name": "A"})


def test_what_somebody_else_made_is_in_use_or_in_conflict_or_adopted(planned: Any) -> None:
    theirs = there("a", ["x"], "theirs")
    (finding,) = planned([VariableEntry(name="a", values=["x"])], [theirs]).findings
    assert finding.state == "in use"
    different = planned([VariableEntry(name="a", values=["y"])], [theirs])
    assert (different.changes, [f.state for f in different.findings]) == ((), ["conflict"])
    assert "adopt: true" in different.findings[0].text
    (change,) = planned([VariableEntry(name="a", values=["x"], adopt=True)], [theirs]).changes
    assert (change.action, change.after) == ("adopt", {"description": MARKER})


def test_ours_but_undeclared_goes_by_prune_alone_and_is_a_loss(planned: Any) -> None:
    found = [there("a", ["x"]), there("b", ["x"], "theirs")]
    assert [(f.name, f.state) for f in planned([], found).findings] == [("a", "undeclared")]
    (change,) = planned([], found, prune=True).changes
    assert (change.action, change.name, change.loses_data) == ("delete", "a", "the variable a")


def test_the_fingerprint_does_not_change_when_lines_move(planned: Any) -> None:
    before = planned([VariableEntry(name="a", values=["x"])], [])
    (change,) = before.changes
    moved = Plan((type(change)(change.kind, change.name, "create", after=change.after, place="z"),))
    assert moved.fingerprint == before.fingerprint
