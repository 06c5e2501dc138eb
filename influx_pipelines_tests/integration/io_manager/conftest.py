"""An I/O manager of a fresh organisation, and one Dagster instance for many runs."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.integration.io_manager.tables import House


@pytest.fixture(scope="session")
def memory() -> Iterator[dg.DagsterInstance]:
    """To make an instance takes longer than a run."""
    with dg.DagsterInstance.ephemeral() as found:
        yield found


@pytest.fixture
def house(influx: Influx, server: Connection, memory: dg.DagsterInstance) -> House:
    return House(influx, server.url, server.token, memory)
