"""`alerts.yaml`: who is told what, and what is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from influx_pipelines.alerts.delivery.load import load_config
from influx_pipelines.alerts.delivery.routing import channels_of, policy_of
from influx_pipelines.estate.load import load
from influx_pipelines.estate.problems import EstateError

ROOT = Path(__file__).parents[3]
CHANNELS = "channels: [{name: ops, env: OPS}, {name: idf, file: /run/idf}]\ndefault: [ops]\n"


def _write(folder: Path, text: str) -> Path:
    (folder / "alerts.yaml").write_text(text)
    return folder


def _problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(EstateError) as raised:
        load_config(_write(folder, text))
    return [str(problem).split("/", 1)[1] for problem in raised.value.problems]


def test_the_shipped_file_tells_everything_to_the_log() -> None:
    config = load_config(ROOT / "estate")
    assert channels_of(config, {"cluster": "unknown"}) == ["log"]
    assert policy_of(config).lowest_level == "warn"


def test_the_first_route_that_matches_counts_and_an_unknown_cluster_has_the_default(
    tmp_path: Path,
) -> None:
    routes = (
        "routes:\n"
        "- {when: {cluster: idf, level: crit}, channels: [idf, ops]}\n"
        "- {when: {cluster: idf*}, channels: [idf]}\n"
    )
    config = load_config(_write(tmp_path, CHANNELS + routes))
    told = [
        channels_of(config, facts)
        for facts in (
            {"cluster": "idf", "level": "crit"},
            {"cluster": "idf-int", "level": "crit"},
            {"cluster": "nobody-knows", "level": "crit"},
            {"level": "crit"},
        )
    ]
    assert told == [["idf", "ops"], ["idf"], ["ops"], ["ops"]]


def test_intervals_and_suppressions_become_the_policy(tmp_path: Path) -> None:
    text = (
        "repeat_every: 2h\n"
        "repeats: [{when: {check: noisy}, every: never}]\n"
        "suppressions: [{when: {pod_name: prepull-*}, at_most: 15m}]\n"
    )
    policy = policy_of(load_config(_write(tmp_path, CHANNELS + text)))
    assert policy.repeat_of({"check": "noisy"}) is None
    assert policy.repeat_of({"check": "load"}) == timedelta(hours=2)
    assert policy.suppressions[0].at_most == timedelta(minutes=15)


def test_without_the_file_nobody_is_told(tmp_path: Path) -> None:
    assert channels_of(load_config(tmp_path), {}) == []


def test_the_estate_passes_the_file_over(tmp_path: Path) -> None:
    load(_write(tmp_path, CHANNELS))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("channels: [{name: a}]\ndefault: [a]\n", "alerts.yaml:1:12: say where its address is"),
        ("channels: [{name: a, log: true}]\n", "alerts.yaml:1:1: default is missing"),
        (CHANNELS + "routes: [{when: {a: b}, channels: [c]}]\n", "3:36: there is no channel 'c'"),
        (CHANNELS + "routes: [{when: {}, channels: [ops]}]\n", "alerts.yaml:3:11: when: "),
        (CHANNELS + "repeat_every: often\n", "alerts.yaml:3:1: repeat_every: "),
        (CHANNELS + "suppressions: [{when: {a: b}}]\n", "alerts.yaml:3:16: at_most is missing"),
        (CHANNELS + "texts: {opened: '{{ message'}\n", "alerts.yaml:3:9: opened: this is no te"),
        (CHANNELS + "lowest: crit\n", "unknown key 'lowest': did you mean lowest_level?"),
        (
            "channels: [{name: a, log: true}, {name: a, env: A}]\ndefault: [a]\n",
            "alerts.yaml:1:35: the channel 'a' stands here a second time",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, expected: str) -> None:
    found = _problems(tmp_path, text)
    assert len(found) == 1
    assert expected in found[0]


@pytest.mark.parametrize("entry", ["env: {0}", "url: {0}", "name: {0}, log: true", "env: [{0}]"])
def test_an_address_written_by_mistake_is_not_repeated(tmp_path: Path, entry: str) -> None:
    address = "https://hooks.slack.com/services/T0/B0/secret-part"
    written = entry.format(f"'{address}'")
    name = "" if written.startswith("name") else "name: a, "
    found = _problems(tmp_path, f"channels: [{{{name}{written}}}]\ndefault: [a]\n")
    assert found
    assert "secret-part" not in " ".join(found)
