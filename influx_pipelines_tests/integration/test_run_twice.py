"""One project that was run twice on a server that was given, with a token rotated in between.

A run takes many seconds, so that one pair of runs is judged by all of these tests.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.conftest import fresh_org
from influx_pipelines_tests.project import Project, given
from influx_pipelines_tests.proxy import Proxy

pytestmark = pytest.mark.timeout(240)
Done = CompletedProcess[str]
VALUE = "the-value-of-a-declared-secret"
DECLARED = "secrets:\n  - {name: slack-url, env: SLACK_URL}\n"


@dataclass
class Twice:
    """What was seen of both runs; `changes` are requests that changed an object."""

    project: Project
    org: str
    first: Done
    changes_of_first: int
    planned: Done
    secret: str  # of the token telegraf, before it was rotated
    rotated: Done
    second: Done
    changes_of_second: int

    @property
    def shown(self) -> str:
        """All that was printed."""
        every = (self.first, self.planned, self.rotated, self.second)
        return "".join(done.stdout + done.stderr for done in every)


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory, server: Connection) -> Iterator[Twice]:
    folder = tmp_path_factory.mktemp("twice")
    with fresh_org(server) as org, Proxy(server.url) as proxy:
        project = given(folder, proxy.url, server.token, org)
        project.environ["SLACK_URL"] = VALUE
        (project.folder / "estate" / "more.yaml").write_text(DECLARED)
        first = project.run("run")
        assert first.returncode == 0, first.stdout + first.stderr
        changes = len(proxy.changes)
        planned = project.run("plan", "--json")
        secret = next(project.home.glob("tokens/*/telegraf")).read_text()
        rotated = project.run("token", "rotate", "telegraf")
        proxy.requests.clear()
        second = project.run("run")
        assert second.returncode == 0, second.stdout + second.stderr
        after = len(proxy.changes)
        yield Twice(project, org, first, changes, planned, secret, rotated, second, after)


def test_a_second_run_changes_nothing_but_data(twice: Twice, server: Connection) -> None:
    first, second = twice.first.stdout, twice.second.stdout
    assert "Not started by this project: only what is missing is created." in first
    assert "INFLUX_PIPELINES_NETWORK is false: none" in first
    assert "bucket to create" in first or "buckets to create" in first
    assert twice.changes_of_first > 0
    assert "0 failed" in first
    assert twice.changes_of_second == 0
    assert "nothing to change" in second
    assert "points written" in second
    assert "0 failed" in second
    with Influx(server.url, server.token, twice.org) as influx:
        mapped = {m.database for m in influx.dbrps() if not m.virtual}
    assert {"monitoring", "cert_manager", "WeatherAPI"} <= mapped


def test_the_secret_of_a_token_that_was_made_is_in_its_file_alone(twice: Twice) -> None:
    """Storage, logs, ledger and what is printed are searched, also after a rotation."""
    project = twice.project
    assert (twice.planned.returncode, twice.rotated.returncode) == (0, 0), twice.rotated
    assert "1 token replaced" in twice.rotated.stdout
    (folder,) = (project.home / "tokens").iterdir()
    assert {path.name for path in folder.iterdir()} == {"telegraf", "tasks"}
    second = (folder / "telegraf").read_text()
    assert twice.secret != second
    path = str((folder / "telegraf").relative_to(project.folder))
    assert (project.files_with(twice.secret), project.files_with(second)) == ([], [path])
    for secret in (twice.secret, second, (folder / "tasks").read_text()):
        assert secret not in twice.shown
    assert stat.S_IMODE((folder / "telegraf").stat().st_mode) == 0o600


def test_the_value_of_a_declared_secret_is_on_the_server_alone(
    twice: Twice, server: Connection
) -> None:
    with Influx(server.url, server.token, twice.org) as influx:
        assert influx.secrets() == ("alerts-webhook-token", "slack-url")
    assert VALUE not in twice.shown
    assert twice.project.files_with(VALUE) == []


def test_a_token_is_nowhere_but_in_the_environment(twice: Twice, server: Connection) -> None:
    """Storage, logs of runs, compute logs and the record of failures are searched."""
    project = twice.project
    declared: Path = project.folder / "estate" / "broken.yaml"
    declared.write_text("nonsense: 1\n")
    broken = project.run("run")
    assert broken.returncode == 1
    assert project.files_with("influx__buckets"), "the search itself finds what is there"
    assert project.files_with(server.token) == []
    assert server.token not in twice.shown + broken.stdout + broken.stderr
