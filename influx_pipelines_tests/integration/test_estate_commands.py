"""`influx-pipelines plan` and `apply` in this process: exit statuses, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from influx_pipelines.cli import app
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection

Run = Callable[..., Result]
TEXT = "buckets: [{name: b, retention: 2d}]\nmappings: declared\n"
SECRET = "secrets: [{name: a/b, env: THE_SECRET}]\n"


@pytest.fixture
def run(influx: Influx, server: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Declare a text, and run a command on it."""
    (tmp_path / "estate").mkdir()
    monkeypatch.chdir(tmp_path)
    for name, value in {"URL": server.url, "TOKEN": server.token, "ORG": influx.org}.items():
        monkeypatch.setenv(f"INFLUXDB_{name}", value)
    monkeypatch.setenv("INFLUX_PIPELINES_ENV_FILE", ".env")

    def command(text: str, *arguments: str) -> Result:
        (tmp_path / "estate" / "all.yaml").write_text(text)
        return CliRunner().invoke(app, arguments)

    return command


def test_a_loss_that_was_not_allowed_is_no_success(run: Run, influx: Influx) -> None:
    """An apply that left out all that it was asked for, ended with 0; also for a wrong finger."""
    assert run(TEXT, "plan").exit_code == 2
    assert run(TEXT, "apply").exit_code == 0
    assert run(TEXT, "plan").exit_code == 0
    left = run("", "apply", "--prune")
    assert (left.exit_code, "allow it with" in left.output) == (2, True)
    wrong = run("", "apply", "--prune", "--allow-data-loss", "0123456789ab")
    assert wrong.exit_code == 2
    assert "the plan is another one than 0123456789ab" in wrong.output
    assert influx.find_bucket("b") is not None


def test_a_conflict_is_trouble(run: Run, influx: Influx) -> None:
    """A plan with a conflict and no change ended with 0, as if nothing were amiss."""
    influx.create_bucket("b", retention_seconds=0)
    text = TEXT.replace("declared", "[x]")
    assert run(text, "plan").exit_code == 1
    assert run(text, "apply").exit_code == 1
    adopting = text.replace("2d", "0s, adopt: true")
    assert run(adopting, "plan").exit_code == 2
    assert run(adopting, "apply").exit_code == 0


def test_a_secret_is_read_from_the_file_that_settings_are_read_from(
    run: Run, influx: Influx, tmp_path: Path
) -> None:
    """Its variable was looked for in the environment only. A slash made it undeletable."""
    missing = run(SECRET, "apply")
    assert (missing.exit_code, influx.secrets()) == (1, ())
    (tmp_path / ".env").write_text("THE_SECRET=Hunter2\n")
    assert run(SECRET, "apply").exit_code == 0
    assert influx.secrets() == ("a/b",)
    influx.delete_secret("a/b")
    assert influx.secrets() == ()


def test_after_a_lost_record_the_way_out_is_told(run: Run, tmp_path: Path) -> None:
    """The record is a file on this machine: the secret was called somebody else's."""
    (tmp_path / ".env").write_text("THE_SECRET=Hunter2\n")
    assert run(SECRET, "apply").exit_code == 0
    (tmp_path / ".influx_pipelines" / "ledger.json").unlink()
    lost = run(SECRET, "plan")
    assert lost.exit_code == 1
    assert "our record of it is lost" in " ".join(lost.output.split())
    again = SECRET.replace("}", ", adopt: true}")
    assert run(again, "apply").exit_code == 0
    assert run(again, "plan").output.strip() == "nothing to change"
