"""One API for the tests of this folder, on an organisation of its own with the shipped estate."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.api import Api, serving, settings_of
from influx_pipelines_tests.conftest import ROOT, fresh_org

BUCKETS = """
buckets:
  - {name: waves, api: true}
  - {name: gone, api: true}
  - {name: hidden}
"""


@pytest.fixture(scope="package")
def connection(server: Connection) -> Iterator[Connection]:
    """A fresh organisation for the whole package."""
    with fresh_org(server) as name:
        yield replace(server, org=name)


@pytest.fixture(scope="package")
def client(connection: Connection) -> Iterator[Influx]:
    with Influx(connection.url, connection.token, connection.org) as influx:
        yield influx


@pytest.fixture(scope="package")
def api(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with with_shipped_estate(connection, tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture
def scratch(server: Connection, org: str, tmp_path: Path) -> Iterator[Api]:
    """Another one on a fresh organisation, for tests that leave anything behind."""
    with with_shipped_estate(replace(server, org=org), tmp_path) as running:
        yield running


@contextmanager
def with_shipped_estate(connection: Connection, home: Path) -> Iterator[Api]:
    """An API with some buckets beside the shipped declaration."""
    shutil.copytree(ROOT / "estate", home / "estate")
    (home / "estate" / "waves.yaml").write_text(BUCKETS)
    with Influx(connection.url, connection.token, connection.org) as influx:
        for name in ("waves", "hidden", "monitoring"):
            influx.create_bucket(name, retention_seconds=0)
    with serving(settings_of(home=home, estate=home / "estate"), connection) as running:
        yield running
