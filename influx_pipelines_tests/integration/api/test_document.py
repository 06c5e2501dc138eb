"""Whatever the document allows, and what it does not: no 500, every answer as it is promised."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable

from influx_pipelines_tests.api import OPERATOR, Api

# Those that look at the whole server and the whole declaration are asked less often.
DEAR = "stack"


@pytest.mark.parametrize("mode", ["positive", "negative"])
@pytest.mark.parametrize("examples", [3, pytest.param(100, marks=pytest.mark.proof)])
def test_every_operation_keeps_what_the_document_promises(
    scratch: Api, mode: str, examples: int
) -> None:
    """What schemathesis makes of the document: requests that are allowed, or that are not."""
    import schemathesis

    document = schemathesis.openapi.from_url(f"{scratch.url}/openapi.json")
    broken, asked = [], 0
    for found in document.get_all_operations():
        operation = found.ok()
        cases = operation.as_strategy(schemathesis.GenerationMode(mode))
        try:
            _ask(cases, 1 + examples // 10 if DEAR in operation.path else examples)
        except Unsatisfiable:
            continue  # nothing can be wrong with a request that has nothing
        except BaseExceptionGroup as error:
            broken.append(f"{operation.label}: {error}")
        asked += 1
    assert not broken, "\n\n".join(broken)
    assert asked > 20


def _ask(cases: Any, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases)
    def keeps(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {OPERATOR}"}, timeout=20)

    keeps()
