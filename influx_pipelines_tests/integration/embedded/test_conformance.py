"""The recorded cases of real servers: nothing may be wrong, what is not there must say so."""

from __future__ import annotations

import json

import pytest

from influx_pipelines.server.process import free_port
from influx_pipelines_tests.conformance import replay
from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process

# What is known to differ, each with its reason.
KNOWN = {
    # One syntax error is named, not all of them, and not in the real parser's words.
    ("data/query", "a-script-that-does-not-parse-says-compilation-failed"),
    ("data/query", "several-syntax-errors-are-joined"),
}
# The evaluator has no types before it runs: a branch that is not taken is not judged.
LENIENT = {"flux/expressions": {"if-branches-of-different-type-is-an-error"}}
REFUSED = replay.FIXTURES / "refused.json"


@pytest.fixture(scope="module")
def replaying(tmp_path_factory: pytest.TempPathFactory):
    with Embedded(tmp_path_factory.mktemp("conformance"), free_port()) as server:
        server.set_up(username="conformance", password="conformance-password", org="conformance")
        yield replay.Replay(server.url, server.token)


@pytest.mark.parametrize("file", replay.files())
def test_no_recorded_case_is_answered_wrongly(replaying: replay.Replay, file: str) -> None:
    """`refused.json` lists what is refused by name today: a case that passed may not join it."""
    refused, lenient, wrong = set(), set(), {}
    for case in replay.cases(file):
        verdict, why = replaying.verdict(case)
        if verdict == "refused":
            refused.add(case.name)
        elif verdict == "lenient":
            lenient.add(case.name)
        elif verdict == "wrong" and (file, case.name) not in KNOWN:
            wrong[case.name] = why
    assert not wrong
    assert lenient <= LENIENT.get(file, set())
    allowed = set(json.loads(REFUSED.read_text()).get(file, []))
    assert refused <= allowed, "these passed before and are refused now"
