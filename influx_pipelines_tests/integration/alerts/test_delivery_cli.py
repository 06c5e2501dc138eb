"""`influx-pipelines alerts deliver` and `test-delivery`, as a person types them."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.store import record
from influx_pipelines.cli import app
from influx_pipelines_tests.alerts import status
from influx_pipelines_tests.receiver import PATH, Answer, Receiver

# The commands are the same on every database.
pytestmark = pytest.mark.parametrize("alerts_url", ["sqlite"], indirect=True)


@pytest.fixture
def folder(alerts_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An estate with the channel `ops`."""
    monkeypatch.setenv("INFLUX_PIPELINES_ALERTS_URL", alerts_url)
    monkeypatch.setenv("INFLUX_PIPELINES_ESTATE", str(tmp_path))
    channel = f"channels: [{{name: ops, file: {tmp_path / 'address'}}}]\ndefault: [ops]\n"
    (tmp_path / "alerts.yaml").write_text(channel)
    return tmp_path


def alerts(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["alerts", *arguments], env={"COLUMNS": "200"})


def _open(database: Database) -> None:
    with database.session() as session:
        record(session, [status("crit")])


def test_a_channel_is_tried_and_what_is_wrong_is_told(folder: Path) -> None:
    with Receiver(lambda number: Answer(404 if number else 200)) as slack:
        (folder / "address").write_text(slack.slack)
        good, bad = alerts("test-delivery"), alerts("test-delivery", "ops")
        assert (good.exit_code, bad.exit_code) == (0, 1)
        assert "answered 200" in good.output
        assert "answered 404" in bad.output
        assert PATH not in good.output + bad.output
        assert "A test of this channel" in slack.texts[0]
    assert "there is no channel 'pager'" in alerts("test-delivery", "pager").output


def test_what_is_due_is_sent_and_dead_letters_are_sent_again(
    folder: Path, alerts_database: Database
) -> None:
    _open(alerts_database)
    with Receiver(lambda number: Answer(400 if number == 0 else 200)) as slack:
        (folder / "address").write_text(slack.slack)
        given_up = alerts("deliver")
        assert given_up.exit_code == 1
        assert "0 sent, 0 to be tried again, 1 given up" in given_up.output
        again = alerts("deliver", "--dead-letters")
        assert again.exit_code == 0
        assert "1 dead letters are tried again" in again.output
        assert "1 sent" in again.output


def test_following_goes_on_until_it_is_stopped(folder: Path, alerts_database: Database) -> None:
    with Receiver() as slack:
        (folder / "address").write_text(slack.slack)

        def later() -> None:
            _open(alerts_database)
            while not slack.taken:
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGTERM)

        other = threading.Timer(0.3, later)
        other.start()
        followed = alerts("deliver", "--follow", "--every", "0.1")
        other.join()
    assert followed.exit_code == 0
    assert followed.output.splitlines() == ["1 sent, 0 to be tried again, 0 given up"]
