"""Fixtures of all layers: a server to speak to, and a fresh organisation on it for each test.

Against the embedded server by default, against `INFLUXDB_URL` unchanged. A test makes its own
organisation `test-<random>`, touches no other, and takes away what it made.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest

from influx_pipelines.alerts.database import Database
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotFound
from influx_pipelines.server.choose import running_server
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import ENV_FILE_VARIABLE, Settings, load_settings
from influx_pipelines_tests import postgres

ROOT = Path(__file__).parents[1]
GIVEN = "INFLUXDB_URL" in os.environ
LONG = ("test_run.py", "test_run_twice.py", "test_conformance.py")
os.environ[ENV_FILE_VARIABLE] = ""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proof", action="store_true", help="run the slow proofs")


def pytest_configure(config: pytest.Config) -> None:
    """`make test` tries the same examples each time; `make proof` goes looking for new ones.

    A shell in the background ignores SIGINT, and Dagster makes SIGTERM what SIGINT is: children of
    tests would ignore their end.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    proof = config.getoption("--proof")
    hypothesis.settings.register_profile("ours", derandomize=not proof, deadline=None)
    hypothesis.settings.load_profile("ours")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    other = pytest.mark.skip(reason="about the embedded server's own process; INFLUXDB_URL is set")
    slow = pytest.mark.skip(reason="a slow proof: make proof")
    items.sort(key=lambda item: item.path.name not in LONG)  # no worker ends alone with a long one
    for item in items:
        if GIVEN and "embedded_process" in item.keywords:
            item.add_marker(other)
        if "proof" in item.keywords and not config.getoption("--proof"):
            item.add_marker(slow)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A running InfluxDB with an operator token."""
    if GIVEN:
        settings = load_settings()
    else:
        home = tmp_path_factory.mktemp("home")
        settings = Settings(home=home, embedded_options="--no-scheduler", _env_file=None)
    with running_server(settings) as connection:
        yield connection


@pytest.fixture
def org(server: Connection) -> Iterator[str]:
    """The name of a fresh organisation; it and what is in it are deleted afterwards."""
    with fresh_org(server) as name:
        yield name


@contextmanager
def fresh_org(server: Connection) -> Iterator[str]:
    """An organisation for the block, for fixtures that several tests share."""
    name = f"test-{secrets.token_hex(6)}"
    with Influx(server.url, server.token, server.org) as operator:
        made = operator.request("POST", "/api/v2/orgs", json={"name": name})
        try:
            yield name
        finally:
            # What a real server would leave behind; tokens of no organization stay for ever.
            for kind in ("dashboards", "labels", "authorizations", "tasks"):
                _delete_all(operator, kind, made["id"])
            operator.request("DELETE", f"/api/v2/orgs/{made['id']}")


def _delete_all(operator: Influx, kind: str, org_id: str) -> None:
    try:
        listed = operator.request("GET", f"/api/v2/{kind}", params={"orgID": org_id})
    except Exception as error:
        if getattr(error, "status", None) == 501:
            return
        raise
    for item in listed[kind]:
        try:
            operator.request("DELETE", f"/api/v2/{kind}/{item['id']}")
        except NotFound:
            continue


@pytest.fixture
def influx(server: Connection, org: str) -> Iterator[Influx]:
    """A client of the fresh organisation."""
    with Influx(server.url, server.token, org) as client:
        yield client


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of its own with the tables in the database `migrated`."""
    programs = postgres.installed()
    if programs is None:
        pytest.skip("no PostgreSQL below /usr/lib/postgresql: apt-get install postgresql")
    with postgres.running(programs) as url:
        postgres.execute(url, "CREATE DATABASE migrated")
        _migrated(f"{url}/migrated")
        yield url


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables, to be copied."""
    file = tmp_path_factory.mktemp("alerts") / "alerts.db"
    _migrated(f"sqlite:///{file}")
    return file


def _migrated(url: str) -> None:
    database = Database(url)
    database.migrate()
    database.close()


@pytest.fixture(scope="session")
def alerts_url_of(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """Makes a fresh alert database with its tables, on `sqlite` or on `postgresql`."""

    def make(kind: str) -> str:
        if kind == "sqlite":
            template = request.getfixturevalue("sqlite_file")
            return f"sqlite:///{shutil.copy(template, tmp_path_factory.mktemp('alerts'))}"
        url, name = request.getfixturevalue("postgres_url"), f"test_{secrets.token_hex(6)}"
        postgres.execute(url, f"CREATE DATABASE {name} TEMPLATE migrated")
        return f"{url}/{name}"

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def alerts_url(request: pytest.FixtureRequest, alerts_url_of: Callable[[str], str]) -> str:
    """The URL of a fresh alert database with its tables, on SQLite and on PostgreSQL."""
    return alerts_url_of(request.param)


@pytest.fixture
def alerts_database(alerts_url: str) -> Iterator[Database]:
    """A fresh alert database with its tables, on SQLite and on PostgreSQL."""
    database = Database(alerts_url)
    yield database
    database.close()
