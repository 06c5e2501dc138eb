"""Tasks in the estate's files: rendered, compiled, and refused with file, line and a remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.estate.kinds.task import TaskScript, spread
from influx_pipelines.estate.load import digest, load
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.estate.script import ScriptError, compiled, same_script
from influx_pipelines.estate.templates import TemplateError, Templates
from influx_pipelines.flux.durations import parse_flux
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.unit.flux.referee import PACKAGE, Referee

HEAD = "option task = {{ task }}\n"
GOOD = HEAD + "from(bucket: {{ bucket }}) |> range(start: -{{ task.every }})\n"


class Folder:
    """A folder of the estate, with templates."""

    def __init__(self, path: Path) -> None:
        self.path = path / "estate"
        (self.path / "tasks").mkdir(parents=True)
        self.template("good", GOOD)
        self.template("itself", '{% include "itself.flux.j2" %}')

    def template(self, name: str, text: str) -> None:
        (self.path / "tasks" / f"{name}.flux.j2").write_text(text)

    def load(self, tasks: str, applications: str = "a-b, cd") -> dict[str, TaskScript]:
        text = f"applications: {{names: [{applications}]}}\ntasks:\n{tasks}"
        (self.path / "all.yaml").write_text(text)
        return dict(load(self.path).of("tasks"))

    def problem(self, tasks: str) -> str:
        with pytest.raises(EstateError) as caught:
            self.load(tasks)
        (problem,) = caught.value.problems
        return str(problem)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_an_entry_for_each_application_is_a_task_for_each(folder: Folder) -> None:
    found = folder.load(
        '- {name: "{Bucket} cpu_checks", each: application, template: good, every: 2m30s,'
        " description: 'For {bucket}', offset: 5s}"
    )
    assert list(found) == ["A_b cpu_checks", "Cd cpu_checks"]
    task = found["A_b cpu_checks"]
    assert task.description == "For a_b"
    assert task.flux == (
        'option task = {name: "A_b cpu_checks", every: 2m30s, offset: 5s}\n\n'
        'from(bucket: "a_b") |> range(start: -2m30s)\n'
    )


def test_the_offset_of_a_name_is_always_the_same_and_spread_over_a_minute() -> None:
    """By the number of the new application in a run all tasks of one began at one second."""
    every = parse_flux("2m30s")
    seconds = [spread(f"App{n} restarts", every).seconds for n in range(500)]
    assert set(seconds) == set(range(60))
    assert spread("Nublado restarts", every) == spread("Nublado restarts", every)
    assert spread("Nublado restarts", parse_flux("1s")).seconds == 0


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("name: x, every: 1h", ":3:3: write either template or script"),
        ("name: x, template: good", ":3:3: write exactly one of every and cron"),
        (
            'name: x, template: good, every: 1h, cron: "0 6 * * *"',
            ":3:3: write exactly one of every and cron",
        ),
        ("name: x, template: good, every: 1 hour", "every: '1 hour' is no duration"),
        ("name: x, script: ../no.flux", "a script is in the estate's folder"),
        ('name: "a\\nb", script: no.flux', "holds a control character"),
        ("name: x, template: itself, every: 1h", "break the circle"),
        ("name: x, script: no.flux", ":3:13: x: 'no.flux' cannot be read"),
        (
            "name: x, each: application, template: good, every: 1h",
            ":3:3: one task an application needs {bucket} or {Bucket} in its name",
        ),
        ("name: x, template: good, every: 1h", "good.flux.j2, line 2: 'bucket' is undefined"),
        ("name: x, template: god, every: 1h", "x: there is no template god.flux.j2: there are"),
        ("name: x, template: good, every: 1mo", "every: '1mo' has no fixed length"),
        (
            "name: x, template: good, every: 1h, offset: 2h, parameters: {bucket: a}",
            "offset must be shorter than every",
        ),
        (
            "name: x, template: good, every: 5d, offset: 1d, parameters: {bucket: a}",
            "option task: offset: '1d' is no dur",
        ),
        (
            "name: x, template: good, every: 1h, parameters: {thresold: 1}",
            "good.flux.j2 uses no variable thresold",
        ),
        (
            "name: x, template: good, every: 1h, suppressions: [{when: {phase: a}, at_most: 1h}]",
            "good.flux.j2 uses no variable suppressions",
        ),
        (
            'name: x, template: good, every: 1h, suppressions: [{when: {a: "("}, at_most: 1h}]',
            "'(' is no regular expression",
        ),
        (
            "name: x, template: good, every: 1h, suppressions: [{when: {phase: a}}]",
            "at_most is missing",
        ),
    ],
)
def test_what_is_wrong_is_named_with_its_place(folder: Folder, entry: str, text: str) -> None:
    found = folder.problem(f"- {{{entry}}}")
    assert found.startswith("estate/all.yaml:3:")
    assert text in found


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("// one\n{{ missing }}\n", "bad.flux.j2, line 2: 'missing' is undefined"),
        ("// one\n\n{{ task.cron }}\n", "bad.flux.j2, line 3: 'dict object' has no attribute"),
        ("{% if %}", "bad.flux.j2, line 1: "),
        ('{{ "two days" | duration }}', "bad.flux.j2, line 1: 'two days' is no duration"),
        (HEAD + "from(bucket: ", "does not parse at 2:1 in `from(bucket:`"),
        ("x = 1", "no task options defined: write one `option task"),
        ('option task = {name: "y", every: 1h}', "its name is 'y', but 'x' is declared"),
        ('option task = {name: "x"}', "exactly one of every and cron"),
        ('option task = {name: "x", every: 1h, cron: "@daily"}', "exactly one of every and cron"),
        ('option task = {name: "x", cron: "daily"}', "cron 'daily' is none that a server takes"),
        ('option task = {name: "x", cron: "0 24 * * *"}', "invalid start hour 24"),
        ('option task = {name: "x", cron: "0 0 31 4 *"}', "could not fulfil schedule"),
        ('option task = {name: "x", every: 1500ms}', "no whole number of seconds"),
        ('option task = {name: "x", every: 1h, often: 1h}', "unknown often"),
        ('option task = {name: "x", every: 1h, retry: 11}', "retry must be a number from 1 to 10"),
        ('{{ "(" | regex }}', "bad.flux.j2, line 1: missing )"),
        ("// one\n{{ 1 / 0 }}", "bad.flux.j2, line 2: division by zero"),
        ("{{ none }}", "bad.flux.j2, line 1: None has no literal in Flux"),
        ('{% include "bad.flux.j2" %}', "bad.flux.j2 includes bad.flux.j2, which includes it"),
    ],
)
def test_a_broken_template_never_reaches_a_server(folder: Folder, template: str, text: str) -> None:
    folder.template("bad", template)
    found = folder.problem("- {name: x, template: bad, every: 1h}")
    assert found.startswith("estate/all.yaml:3:13: x: ")
    assert text in found


def test_two_entries_that_come_to_one_name_are_refused(folder: Folder) -> None:
    found = folder.problem(
        '- {name: "{bucket} x", each: application, template: good, every: 1h}\n'
        "- {name: cd x, template: good, every: 1h, parameters: {bucket: a}}"
    )
    assert found.startswith("estate/all.yaml:4:")
    assert "declared already in estate/all.yaml:3" in found


def test_a_text_of_the_files_stays_a_text_in_the_script(folder: Folder) -> None:
    folder.template("text", HEAD + "x = {{ words }}\n")
    words = '") |> drop() // ${r._value}'
    script = Templates(folder.path / "tasks").render("text", {"words": words}, task={})
    assert script == 'option task = {}\nx = "\\") |> drop() // \\x24{r._value}"\n'


def test_a_constant_of_a_template_is_a_literal_too(folder: Folder) -> None:
    """Jinja escaped constants first, and `{{ "a" }}` came out as an identifier."""
    folder.template("good", '{{ "a" }} {{ true }} {{ ["a", 1.5] }} {{ "b" ~ "c" }}')
    text = Templates(folder.path / "tasks").render("good", {})
    assert text == '"a" true ["a", 1.5] "bc"'


def test_a_value_without_a_literal_is_refused(folder: Folder) -> None:
    folder.template("none", "x = 1\ny = {{ value }}\n")
    with pytest.raises(TemplateError, match=r"none\.flux\.j2, line 2: None has no literal"):
        Templates(folder.path / "tasks").render("none", {"value": None})


def test_a_changed_template_changes_the_digest(folder: Folder) -> None:
    before = digest(folder.path)
    folder.template("good", GOOD + "\n")
    assert digest(folder.path) != before


def test_scripts_are_compared_whatever_their_layout() -> None:
    one = 'option task = {name: "x", every: 1h}\nx = 1 // why'
    assert same_script(one, compiled(one, "x"))
    assert not same_script(one, one.replace("1h", "2h"))
    assert not same_script(one, "from(")
    with pytest.raises(ScriptError, match="does not parse"):
        compiled("from(", "x")


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    return dict(load(ROOT / "estate").of("tasks"))


def test_of_the_shipped_tasks_those_of_applications_run_and_slack_does_not(
    shipped: dict[str, TaskScript],
) -> None:
    active = {name for name, task in shipped.items() if task.status == "active"}
    assert {"Argocd restarts", "Argocd state_checks", "Argocd cpu_checks"} <= active
    assert not {name for name in active if name.startswith("_slack_notify_")}


def test_the_real_compiler_finds_no_fault_in_a_shipped_task(shipped: dict[str, Any]) -> None:
    if not PACKAGE.exists():
        pytest.skip("InfluxData's Flux front end is not installed (npm): make referee")
    referee = Referee()
    try:
        for name, task in shipped.items():
            answer = referee.ask(task.flux)
            assert answer is not None, name
            faults = [
                text for text, *_ in answer["faults"] if "`task` as an identifier" not in text
            ]
            assert faults == [], name
            assert answer["formatted"] == task.flux
    finally:
        referee.close()
