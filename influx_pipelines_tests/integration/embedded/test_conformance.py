"""The recorded cases of real servers: nothing may be wrong, what is not there must say so."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from influx_pipelines.server.process import free_port
from influx_pipelines_tests.conformance import replay
from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process

REFUSED: dict[str, list[str]] = json.loads((replay.FIXTURES / "refused.json").read_text())
# Of InfluxQL only SHOW is spoken; nobody has asked for suggestions.
REFUSING = {"data/v1-query", "data/query"}
# Their cases sleep until a second is over, each in an organisation of its own.
WAITING = {"tasks/monitor", "tasks/runs", "tasks/outbound", "tasks/failed"}
AT_ONCE = 6


@pytest.fixture(scope="module")
def replaying(tmp_path_factory: pytest.TempPathFactory):
    with Embedded(tmp_path_factory.mktemp("conformance") / "data", free_port()) as server:
        server.set_up(username="conformance", password="conformance-password", org="conformance")
        yield replay.Replay(server.url, server.token)


@pytest.mark.parametrize("file", replay.files())
def test_no_recorded_case_is_answered_wrongly(replaying: replay.Replay, file: str) -> None:
    """`refused.json` lists what is refused by name today: a case that passed may not join it."""
    refused, wrong = set(), {}
    cases = list(replay.cases(file))
    with ThreadPoolExecutor(AT_ONCE if file in WAITING else 1) as pool:
        verdicts = list(pool.map(replaying.verdict, cases))
    for case, (verdict, why) in zip(cases, verdicts, strict=True):
        if verdict == "refused":
            refused.add(case.name)
        elif verdict != "pass":
            wrong[case.name] = f"{verdict}: {why}"
    assert not wrong
    assert refused == set(REFUSED.get(file, [])), "refused.json is not up to date"


def test_little_is_refused_and_only_where_it_may_be() -> None:
    cases = sum(1 for file in replay.files() for _ in replay.cases(file))
    assert sum(map(len, REFUSED.values())) <= 0.12 * cases
    assert set(REFUSED) <= REFUSING
