"""Labels on objects: whose they are, and those that nobody has."""

from __future__ import annotations

from pathlib import Path

import pytest

from influx_pipelines.estate import plan
from influx_pipelines.estate.labels import brought_to
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.estate.observed import Observed
from influx_pipelines.estate.plan import Plan
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx.models import Label


@pytest.mark.parametrize(
    ("wanted", "there", "declared", "after"),
    [
        (["a"], [], ["a"], ["a"]),
        (["A"], [], ["a"], ["a"]),
        (["A"], ["a"], ["A"], ["a"]),
        ([], ["a"], ["A"], []),
        ([], ["theirs"], ["a"], ["theirs"]),
        (["theirs"], [], ["a"], ["theirs"]),
        (["a"], ["b", "theirs"], ["a", "b"], ["a", "theirs"]),
    ],
)
def test_only_declared_labels_are_taken_off(
    wanted: list[str], there: list[str], declared: list[str], after: list[str]
) -> None:
    assert brought_to(wanted, there, declared) == after


def planned(folder: Path, text: str, *there: str) -> Plan:
    folder.mkdir(exist_ok=True)
    (folder / "estate.yaml").write_text(text)
    labels = tuple(Label(id=f"{number:016x}", name=name) for number, name in enumerate(there))
    ledger = Ledger.open(folder / "ledger.json", "http://here", "org")
    return plan(load(folder), Observed(others={"label": labels}), ledger)


TEXT = """labels: [{name: team-a}]
buckets: [{name: b, labels: [teem-a]}]
applications: {names: [x, y], labels: [other]}
variables:
  - name: v
    values: [x]
    labels:
      - TEAM-A
      - wrong
"""


def test_a_label_that_nobody_has_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(EstateError) as caught:
        planned(tmp_path / "e", TEXT, "other")
    assert [str(problem) for problem in caught.value.problems] == [
        "e/estate.yaml:2:30: there is no label 'teem-a' in the estate or on the server: "
        "did you mean team-a?",
        "e/estate.yaml:9:9: there is no label 'wrong' in the estate or on the server: "
        "declare it, or correct the name",
    ]


def test_a_label_of_the_server_need_not_be_declared(tmp_path: Path) -> None:
    changes = planned(tmp_path / "e", TEXT, "Other", "teem-a", "wrong").changes
    assert {one.name: one.after.get("labels") for one in changes if one.kind == "bucket"} == {
        "b": ["teem-a"],
        "x": ["other"],
        "y": ["other"],
    }


@pytest.mark.parametrize("labels", ["[a, A]", "['']", "['managed-by:influx_pipelines']", "a"])
def test_names_of_labels_are_judged_where_they_stand(tmp_path: Path, labels: str) -> None:
    with pytest.raises(EstateError, match=r"estate\.yaml:1:"):
        planned(tmp_path / "e", f"buckets: [{{name: b, labels: {labels}}}]")
