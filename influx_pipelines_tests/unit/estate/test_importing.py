from __future__ import annotations

from typing import Any

import pytest

from influx_pipelines.estate import yamlmarks
from influx_pipelines.estate.importing.access import import_buckets, import_tokens
from influx_pipelines.estate.importing.objects import described, import_objects
from influx_pipelines.estate.importing.section import Section
from influx_pipelines.estate.kinds import BY_NAME
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.ownership import marked
from influx_pipelines.estate.references import Node
from influx_pipelines.influx.models import Authorization, Bucket

PASSWORD = "Hunter2"


def imported(kind: str, *found: dict[str, Any], known: set[Node] | None = None) -> Section:
    """Objects of the server as a section."""
    of_kind = BY_NAME[kind]
    assert isinstance(of_kind, ObjectKind)
    objects = [
        of_kind.collection.model.model_validate({"id": f"{number:016x}", **one})
        for number, one in enumerate(found)
    ]
    return import_objects(of_kind, objects, {}, known or set())


@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        " a\n\n b\n",
        "a \nb",
        "\na",
        "a\r\nb\t",
        "on",
        "1:30",
        "é😀\n#",
        "- a: b",
        "\x85\n",
        "\u2028",
    ],
)
def test_any_text_comes_back_from_the_file(text: str) -> None:
    section = Section("labels", [{"name": "a", "description": text}])
    found = yamlmarks.read(section.texts(one_a_file=False)["labels.yaml"]).value
    assert found == {"labels": section.entries}


@pytest.mark.parametrize("text", ["", "a", "a ", "a  ", "a\n"])
def test_a_description_without_the_marker_gets_it_back(text: str) -> None:
    """Blanks at its end were lost, so that the plan after an import was not empty."""
    assert marked(described(marked(text))) == marked(text)


def test_a_note_of_several_lines_stays_a_comment() -> None:
    section = Section("labels", notes=["left out: \x00a\nlabels: [b]"])
    text = section.texts(one_a_file=False)["labels.yaml"]
    assert yamlmarks.read(text).value is None


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("telegraf_config", {"config": f'[[outputs.influxdb_v2]]\ntoken = "{PASSWORD}"'}),
        ("telegraf_config", {"config": f'[[inputs.mysql]]\npassword = "{PASSWORD}"'}),
        ("notification_endpoint", {"type": "http", "url": f"http://a:{PASSWORD}@b/c"}),
        ("notification_endpoint", {"type": "http", "url": f"ftp://a:{PASSWORD}@b/c"}),
        ("notification_endpoint", {"type": "slack", "url": f"https://hooks.slack.com/{PASSWORD}"}),
        (
            "notification_endpoint",
            {"type": "http", "url": "http://b", "headers": {"Authorization": PASSWORD}},
        ),
    ],
)
def test_a_credential_that_stands_in_an_object_gets_into_no_file(
    kind: str, found: dict[str, Any]
) -> None:
    section = imported(kind, {"name": "mine", **found})
    assert section.entries == []
    assert [note for note in section.notes if note.startswith("left out: mine")]
    assert PASSWORD not in "".join(section.texts(one_a_file=False).values())


def test_of_two_objects_of_a_name_the_one_that_a_plan_takes_is_imported() -> None:
    first, second = ({"name": "a", "flux": _task(f"{n}h")} for n in (1, 2))
    section = imported("task", first, second)
    assert [entry["name"] for entry in section.entries] == ["a"]
    assert list(section.files.values()) == [_task("2h")]
    assert section.notes == ["left out: a (0000000000000000), since another has that name"]


def test_what_needs_something_that_is_left_out_is_left_out_too() -> None:
    rule = {"name": "tell", "type": "http", "every": "1m", "endpointID": "gone"}
    section = imported("notification_rule", {**rule, "statusRules": [{"currentLevel": "CRIT"}]})
    assert section.entries == []
    assert "needs the notification_endpoint gone" in section.notes[0]


def test_system_buckets_are_left_out() -> None:
    known: set[Node] = set()
    found = [Bucket(id="1", name="_tasks", type="system"), Bucket(id="2", name="mine")]
    section = import_buckets(found, [], known)
    assert [entry["name"] for entry in section.entries] == ["mine"]
    assert known == {Node("bucket", "mine")}


def test_an_operator_token_is_left_out() -> None:
    permission = {"action": "read", "resource": {"type": "buckets"}}
    token = Authorization.model_validate(
        {"id": "1", "description": "admin", "orgID": "2", "permissions": [permission]}
    )
    ours, others = import_tokens([token], {}, set())
    assert not ours.entries + others.entries
    assert "an operator token" in others.notes[0]


def _task(every: str) -> str:
    return f'option task = {{name: "a", every: {every}}}\n\nbuckets()\n'
