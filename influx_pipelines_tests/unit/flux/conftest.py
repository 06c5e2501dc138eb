from __future__ import annotations

from collections.abc import Iterator

import pytest

from influx_pipelines_tests.unit.flux.referee import PACKAGE, Referee


@pytest.fixture(scope="module")
def referee() -> Iterator[Referee]:
    if not PACKAGE.exists():
        pytest.skip("InfluxData's Flux front end is not installed (npm): make referee")
    referee = Referee()
    yield referee
    referee.close()
