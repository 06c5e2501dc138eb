from __future__ import annotations

import json
from pathlib import Path

import pytest

from influx_pipelines.estate import yamlmarks
from influx_pipelines.estate.load import digest, load
from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.references import Node, Wanted, reference_problems

ROOT = Path(__file__).parents[3]


def write(folder: Path, text: str, name: str = "buckets.yaml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text)
    return folder


def problems(folder: Path) -> list[str]:
    with pytest.raises(EstateError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def test_the_shipped_declaration_loads() -> None:
    declared = load(ROOT / "estate")
    assert declared.buckets["monitoring"].retention_seconds == 30 * 86_400
    assert declared.buckets["cert_manager"].description == "cert-manager K8s metrics"
    assert declared.buckets["cert_manager"].retention_seconds == 7 * 86_400
    assert declared.mappings == "all"


def test_a_plain_list_of_names_loads_as_buckets_that_keep_everything(tmp_path: Path) -> None:
    """The form of `buckets.json` of the power-monitoring system."""
    entries = [{"name": "WeatherAPI", "description": "weather"}, {"name": "waves"}]
    declared = load(write(tmp_path / "e", json.dumps(entries), "buckets.json"))
    assert list(declared.buckets) == ["WeatherAPI", "waves"]
    assert declared.buckets["waves"].retention_seconds == 0


def test_an_empty_list_of_mappings_wants_none(tmp_path: Path) -> None:
    """It once meant all, so that an import of a server without mappings planned one a bucket."""
    assert load(write(tmp_path / "e", "mappings: []\n")).mappings == ()


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("buckets:\n  - name: a\n    retnetion: 7d\n", "3:5", "did you mean retention?"),
        ("buckets:\n  - name: a\n    retention: 30m\n", "3:5", "shorter than one hour"),
        ("buckets:\n  - name: a\n    retention: 7 days\n", "3:5", "7d, 1w or infinite"),
        ("buckets:\n  - name: a\n    retention: 7\n", "3:5", "such as 7d, or infinite"),
        ("buckets:\n  - name: a\n    retention: 1mo\n", "3:5", "no duration"),
        ("buckets:\n  - name: 7\n", "2:5", "put it in quotes"),
        ("buckets:\n  - name: _x\n", "2:5", "begins with an underscore"),
        ("buckets:\n  - name: 'a\"b'\n", "2:5", "quotation mark"),
        ("buckets:\n  - name: ''\n", "2:5", "needs a name"),
        ("buckets:\n  - description: x\n", "2:5", "name is missing"),
        ("buckets:\n  - name: a\n  - name: b\n  - name: a\n", "4:5", "declared already"),
        ("buckets:\n  - name: a\n    name: b\n", "3:5", "a second time"),
        ("buckets: 5\n", "1:1", "write a list"),
        ("bukets: []\n", "1:1", "did you mean buckets?"),
        ("mappings: some\n", "1:1", "all, declared, or a list of patterns"),
        ("buckets:\n  - name: a\n    adopt: yes please\n", "3:5", "true or false"),
        ("buckets:\n - name: [\n", "3:1", "no YAML"),
        ("variables:\n  - name: a\n", "2:5", "either values or query"),
        ("variables:\n  - name: 1a\n    values: [x]\n", "2:5", "begin with a letter"),
        ("variables:\n  - name: import\n    values: [x]\n", "2:5", "a word of the language"),
        ("variables:\n  - name: a\n    valeus: [x]\n", "3:5", "did you mean values?"),
        ("variables:\n  - name: a\n    values: 5\n", "3:5", "write a list"),
        ("variables:\n  - name: a\n    values:\n      - 5\n", "4:9", "put it in quotes"),
        ("variables:\n  - name: a\n    query: 'from('\n", "3:5", "no Flux, at 1:"),
        ("labels:\n  - name: ' a'\n", "2:5", "blanks around it"),
        ("labels:\n  - name: a\n    color: red\n", "3:5", "color"),
        ("labels:\n  - name: managed-by:influx_pipelines\n", "2:5", "marks what is its own"),
        ("secrets:\n  - name: a\n", "2:5", "env, file, or command: true"),
        ("secrets:\n  - name: a\n    env: A\n    file: b\n", "2:5", "one of them"),
        ("secrets:\n  - name: a\n    value: hush\n", "3:5", "unknown key 'value'"),
        ("secrets:\n  - name: 0123456789abcdef-token\n    env: A\n", "2:5", "of endpoints"),
        ("telegraf_configs:\n  - name: a\n    config: '['\n", "3:5", "no TOML"),
        (
            "telegraf_configs:\n  - name: a\n    config: |\n"
            "      [[outputs.influxdb_v2]]\n      token = 'hush'\n",
            "3:5",
            "a token does not belong in a file",
        ),
        (
            "buckets:\n  - name: monitoring\ntelegraf_configs:\n  - name: a\n    config: |\n"
            "      [[outputs.influxdb_v2]]\n      bucket = 'monitorin'\n",
            "5:5",
            "there is no bucket 'monitorin' in the estate: did you mean monitoring?",
        ),
        (
            "variables:\n  - {name: a, values: [x]}\n  - {name: A, values: [y]}\n",
            "3:6",
            "declared already in estate/buckets.yaml:2",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place_and_what_to_write(
    tmp_path: Path, text: str, place: str, says: str
) -> None:
    found = problems(write(tmp_path / "estate", text))
    assert found[0].startswith(f"estate/buckets.yaml:{place}: "), found
    assert says in found[0]
    assert "hush" not in found[0]


def test_a_bucket_that_the_agent_names_need_not_be_declared(tmp_path: Path) -> None:
    text = "[[outputs.influxdb_v2]]\nbucket = '${BUCKET}'\ntoken = '$TOKEN'\n"
    content = json.dumps({"telegraf_configs": [{"name": "a", "config": text}]})
    assert "a" in load(write(tmp_path / "e", content)).of("telegraf_configs")


def test_a_circle_of_needs_is_a_mistake() -> None:
    def at(line: int) -> Problem:
        return Problem("f.yaml", line, 1, "")

    one, other = Node("task", "one"), Node("task", "other")
    wanted = [Wanted(one, other, at(1)), Wanted(other, one, at(2))]
    (problem,) = reference_problems(wanted, {one, other})
    assert "these need each other in a circle: " in str(problem)


def test_all_mistakes_of_all_files_are_named_at_once(tmp_path: Path) -> None:
    folder = write(tmp_path / "e", "buckets:\n  - name: _a\n  - name: b\n    keep: 1h\n")
    write(folder, "buckets:\n  - name: c\n    retention: soon\n", "more.yaml")
    assert len(problems(folder)) == 3


def test_a_name_in_two_files_is_a_mistake(tmp_path: Path) -> None:
    folder = write(tmp_path / "e", "buckets:\n  - name: a\n")
    write(folder, "applications:\n  names: [a]\n", "more.yaml")
    assert "declared already in e/buckets.yaml:2" in problems(folder)[0]


def test_a_missing_folder_says_what_to_set(tmp_path: Path) -> None:
    assert "INFLUX_PIPELINES_ESTATE" in problems(tmp_path / "nowhere")[0]


def test_the_digest_follows_the_contents_only(tmp_path: Path) -> None:
    folder = write(tmp_path / "e", "buckets: []\n")
    before = digest(folder)
    write(folder, "buckets: []\n")
    assert digest(folder) == before
    write(folder, "buckets: [] # changed\n")
    assert digest(folder) != before


def test_yaml_cannot_make_objects(tmp_path: Path) -> None:
    text = "buckets: !!python/object/apply:os.system ['true']\n"
    assert "no YAML" in problems(write(tmp_path / "e", text))[0]


def test_variables_that_read_each_other_are_a_circle(tmp_path: Path) -> None:
    """References between variables were not looked at."""
    text = "variables:\n  - {name: a, query: 'from(bucket: v.b)'}\n"
    found = problems(write(tmp_path / "e", text))
    assert found == [
        "e/buckets.yaml:2:15: there is no variable 'b' in the estate: declare it, or correct the "
        "name"
    ]
    text += "  - {name: b, query: 'from(bucket: v.a) |> range(start: v.timeRangeStart)'}\n"
    (found,) = (problems(write(tmp_path / "e", text)),)
    assert "in a circle: " in found[0]


HOSTILE = {
    "? [a, b]\n: c\n": "1:3: this is no YAML: a key must be a text",
    "buckets: &a [*a]\n": "more than 50 of them",
    "a: " + "[" * 3000 + "]" * 3000: "more than 50 of them",
    "buckets: [{name: 2026-13-45}]\n": "1:18: this is no YAML: '2026-13-45' is no timestamp",
    "buckets: [{name: !!int x}]\n": "1:18: this is no YAML: 'x' is no int: put a text in quotes",
    'buckets:\n  - {name: "a\0"}\n': "2:14: this is no YAML: the character U+0000",
    'buckets: [{name: "\\ud800"}]\n': "1:18: this is no YAML: half of a surrogate pair",
    "hello": "1:1: write keys and values (not str 'hello')",
    "buckets: [{name: [" + "x, " * 99 + "]}]": "1:12: name: write a text; put it in quotes (not",
    "buckets: [{name: a, retention: 999999w}]": "292 years): write infinite",
}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_nobody_should_write_is_told_as_a_problem(tmp_path: Path, text: str) -> None:
    """Each was a traceback, or a message without a line or without an end."""
    (found,) = problems(write(tmp_path / "e", text))
    assert HOSTILE[text] in found
    assert len(found) < 200


def test_aliases_of_aliases_are_not_followed_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yamlmarks, "MOST", 1_000)
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (found,) = problems(write(tmp_path / "e", "\n".join(lines)))
    assert "more than 1,000 values, or aliases that come to as many" in found


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """A folder called `x.yaml` was a traceback."""
    (tmp_path / "e" / "x.yaml").mkdir(parents=True)
    assert problems(tmp_path / "e") == ["e/x.yaml:1:1: this cannot be read: Is a directory"]


def test_what_the_sources_read_is_no_part_of_the_declaration(tmp_path: Path) -> None:
    folder = write(tmp_path / "e", "buckets: [{name: a}]\n")
    before = digest(folder)
    for name in ("locations.yaml", "ci.yaml", "ci_rules.yaml"):
        write(folder, "anything: else\n", name)
    write(folder / "schemas", "{}", "locations.json")
    assert list(load(folder).buckets) == ["a"]
    assert digest(folder) == before
    write(folder / "dashboards", "name: jobs\ncells: []\n", "ci.yaml")
    assert list(load(folder).of("dashboards")) == ["jobs"]


def test_files_are_read_once_and_anew_when_one_of_them_changed(tmp_path: Path) -> None:
    folder = write(tmp_path / "e", "buckets: [{name: a}]\n")
    first = load(folder)
    assert load(folder) is first
    write(folder, "buckets: [{name: b}]\n")
    assert list(load(folder).buckets) == ["b"]
    write(folder, "nonsense: 1\n", "more.yaml")
    for _ in range(2):
        assert "unknown key" in problems(folder)[0]


def test_an_address_that_is_set_anew_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files alone told whether to read again: alerts went to where the API had been before."""
    text = (
        "notification_endpoints:\n  - {name: a, type: http, url: '${INFLUX_PIPELINES_API_URL}/x'}"
    )
    folder = write(tmp_path / "e", text)
    for port in ("1", "2"):
        monkeypatch.setenv("INFLUX_PIPELINES_API_URL", f"http://127.0.0.1:{port}")
        assert load(folder).of("notification_endpoints")["a"].url == f"http://127.0.0.1:{port}/x"
