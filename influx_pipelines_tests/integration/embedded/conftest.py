"""An embedded server for the tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from influx_pipelines.server.process import free_port
from influx_pipelines_tests.embedded import Embedded


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with Embedded(tmp_path_factory.mktemp("embedded"), free_port()) as server:
        server.set_up()
        yield server
