from __future__ import annotations

from pathlib import Path

import pytest

from influx_pipelines.estate.problems import EstateError
from influx_pipelines.sources.ci.rules import Rules

ROOT = Path(__file__).parents[4]
RULE = "  - {name: %s, pattern: '%s', category: git}\n"


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(EstateError) as caught:
        Rules.load(write(folder, text))
    return [str(problem).removeprefix(f"{folder.name}/") for problem in caught.value.problems]


def write(folder: Path, text: str) -> Path:
    path = folder / "ci_rules.yaml"
    path.write_text(text)
    return path


def test_thirty_eight_types_are_shipped() -> None:
    rules = Rules.load(ROOT / "estate/ci_rules.yaml").rules
    assert len(rules) == 38
    assert [rule.name for rule in rules if rule.priority > 0] == ["testrun_address_already_in_use"]
    assert all(rule.description for rule in rules)


def test_what_is_wrong_is_told_with_its_line_and_column(tmp_path: Path) -> None:
    text = "rules:\n" + RULE % ("a", "(") + RULE % ("b", "x") + "  - {name: c, patern: x}\n"
    found = problems(tmp_path, text)
    assert found[0].startswith("ci_rules.yaml:2:15: pattern: this is no regular expression of RE2")
    assert found[1:] == [
        "ci_rules.yaml:4:5: category is missing",
        "ci_rules.yaml:4:5: pattern is missing",
        "ci_rules.yaml:4:15: unknown key 'patern': did you mean pattern?",
    ]


def test_a_name_that_is_there_already_is_a_problem_at_the_second_one(tmp_path: Path) -> None:
    text = "rules:\n" + RULE % ("a", "x") + RULE % ("a", "y")
    expected = "ci_rules.yaml:3:6: there is a rule 'a' above: take another name"
    assert problems(tmp_path, text) == [expected]


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("x*", "it matches every line"),
        (r"\Afatal", "write ^ and $"),
        ("(?-m:^)fatal", "write ^ and $"),
        ("größer", "write .+ for letters that are not ASCII"),
        ("a)(b", "no regular expression of RE2"),
        ("(a)\\1", "no regular expression of RE2"),
    ],
)
def test_a_pattern_that_lines_cannot_be_searched_for_is_refused(
    tmp_path: Path, pattern: str, told: str
) -> None:
    (found,) = problems(tmp_path, "rules:\n" + RULE % ("a", pattern))
    assert told in found


def test_a_reserved_name_is_refused(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, "rules:\n" + RULE % ("timed_out", "x"))
    assert "what a job without a matching rule is" in found


def test_the_version_follows_what_a_classification_depends_on(tmp_path: Path) -> None:
    def version(text: str) -> str:
        return Rules.load(write(tmp_path, text)).version

    one, two = RULE % ("a", "x"), RULE % ("b", "y")
    first = version(f"rules:\n{one}{two}")
    assert version(f"# a comment\nrules:\n{one}{two}") == first
    assert version("rules:\n" + one.replace("}", ", description: d}") + two) == first
    assert version(f"rules:\n{two}{one}") != first
    assert version("rules:\n" + one.replace("}", ", priority: 1}") + two) != first


def test_a_rule_with_a_scope_is_for_those_repositories_only(tmp_path: Path) -> None:
    text = "rules:\n" + (RULE % ("a", "x")).replace("}", ", scope: [acme/*]}") + RULE % ("b", "y")
    rules = Rules.load(write(tmp_path, text))

    def names(repository: str) -> list[str]:
        return [rule.name for rule in rules.of(repository)]

    assert names("acme/widget") == names("") == ["a", "b"]
    assert names("other/widget") == ["b"]
