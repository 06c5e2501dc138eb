"""Secrets in a plan, and where their values come from."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, cast

import pytest

from influx_pipelines.estate import plan, values
from influx_pipelines.estate.kinds.secret import SecretEntry, SecretKind
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.observed import Observed
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import (
    Forbidden,
    InfluxError,
    NotFound,
    Unauthorized,
    Unavailable,
)

MARK = "Hunter2-secret"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger.open(tmp_path / "ledger.json", "http://here", "org")


@pytest.fixture
def planned(ledger: Ledger) -> Any:
    def make(
        entries: list[SecretEntry], there: tuple[str, ...] | None, prune: bool = False
    ) -> Plan:
        declared = Estate(others={"secrets": {entry.name: entry for entry in entries}})
        observed = Observed(others={} if there is None else {"secret": there})
        return plan(declared, observed, ledger, kinds=("secret",), prune=prune)

    return make


def entry(**more: Any) -> SecretEntry:
    return SecretEntry(name="a", env="MISSING_VARIABLE", **more)


def test_what_is_missing_is_sent_and_its_value_is_not_looked_for(planned: Any) -> None:
    (change,) = planned([entry()], ()).changes
    assert (change.action, change.after["source"]) == ("create", "env MISSING_VARIABLE")


def test_what_was_sent_is_sent_again_for_another_version_alone(
    planned: Any, ledger: Ledger
) -> None:
    ledger.add_secret("a", "1", MARK)
    assert planned([entry()], ("a",)) == Plan()
    (change,) = planned([entry(version="2")], ("a",)).changes
    assert (change.action, change.before, change.after["version"]) == (
        "update",
        {"version": "1"},
        "2",
    )


def test_what_was_being_sent_when_an_apply_was_killed_is_sent_again(
    planned: Any, ledger: Ledger
) -> None:
    ledger.add_secret("a", "being sent", MARK)
    assert [change.action for change in planned([entry()], ("a",)).changes] == ["update"]


def test_what_somebody_else_sent_is_a_conflict_unless_adopted(planned: Any) -> None:
    (finding,) = planned([entry()], ("a",)).conflicts
    assert "adopt: true" in finding.text
    assert [c.action for c in planned([entry(adopt=True)], ("a",)).changes] == ["adopt"]


def test_undeclared_ones_of_ours_go_by_prune_alone(planned: Any, ledger: Ledger) -> None:
    ledger.add_secret("a", "1", MARK)
    assert [f.state for f in planned([], ("a", "theirs")).findings] == ["undeclared"]
    (change,) = planned([], ("a", "theirs"), prune=True).changes
    assert (change.name, change.action) == ("a", "delete")
    assert "cannot be read back" in change.loses_data


def test_names_that_may_not_be_read_are_a_conflict_and_no_guess(planned: Any) -> None:
    found = planned([entry()], None)
    assert (found.changes, [f.state for f in found.findings]) == ((), ["conflict"])


# ------------------------------------------------------------------ values


def test_a_value_comes_from_the_environment_a_file_or_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_VALUE", MARK)
    (tmp_path / "value").write_text(f"{MARK}\n")
    (tmp_path / "give.py").write_text("import sys\nprint('of ' + sys.argv[1])\n")
    assert values.from_environment("THE_VALUE").get_secret_value() == MARK
    assert values.from_file(str(tmp_path / "value")).get_secret_value() == MARK
    found = values.from_command(f"{sys.executable} {tmp_path / 'give.py'}", "a b")
    assert found.get_secret_value() == "of a b"


def test_a_value_that_is_not_there_is_told_without_what_was_printed(tmp_path: Path) -> None:
    program = tmp_path / "fail.py"
    program.write_text(f"import sys\nprint('{MARK}')\nsys.exit('{MARK}')\n")
    (tmp_path / "empty").write_text("\n")
    for get, says in (
        (lambda: values.from_environment("MISSING_VARIABLE"), "is not set"),
        (lambda: values.from_file(str(tmp_path / "none")), "cannot be read"),
        (lambda: values.from_file(str(tmp_path / "empty")), "is empty"),
        (lambda: values.from_command("", "a"), "INFLUX_PIPELINES_SECRET_COMMAND"),
        (lambda: values.from_command(f"{sys.executable} {program}", "a"), "exit status 1"),
        (lambda: values.from_command("/no/such/program", "a"), "FileNotFoundError"),
    ):
        with pytest.raises(values.NoValueError, match=says) as caught:
            get()
        assert MARK not in str(caught.value)


class Refusing:
    """A client whose token may read the organisation and not its secrets."""

    def __init__(self, error: InfluxError) -> None:
        self.error = error

    def secrets(self) -> tuple[str, ...]:
        raise self.error


@pytest.mark.parametrize("error", [NotFound("x"), Forbidden("x"), Unauthorized("x")])
def test_secrets_that_a_token_may_not_read_are_not_known(error: InfluxError) -> None:
    """A 401 for them was an error of the plan of everything else."""
    assert SecretKind().observe(cast(Influx, Refusing(error))) is None


def test_a_server_that_does_not_answer_is_no_list_without_secrets() -> None:
    with pytest.raises(Unavailable):
        SecretKind().observe(cast(Influx, Refusing(Unavailable("x"))))
