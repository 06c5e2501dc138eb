"""What GitHub may answer, and what is refused before anything is derived from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from influx_pipelines.sources.ci.api import Job, Run

AT = "2026-11-20T12:00:00Z"
AFTER_TOMORROW = (datetime.now(UTC) + timedelta(days=2)).isoformat()


@pytest.mark.parametrize("model", [Run, Job])
@pytest.mark.parametrize(
    "wrong",
    [
        {"created_at": "2026-11-20T12:00:00"},
        {"created_at": "1601-01-01T00:00:00Z"},
        {"created_at": "9999-12-31T23:59:59Z"},
        {"created_at": AFTER_TOMORROW},
        {"created_at": 5},
        {"id": 1 << 63},
        {"id": 0},
        {"id": "7"},
        {"id": True},
        {"run_attempt": 0},
        {"run_attempt": 1 << 64},
    ],
)
def test_a_time_or_a_number_that_no_job_has_is_refused(
    model: type[Run | Job], wrong: dict[str, Any]
) -> None:
    """A time without a zone was a TypeError; one of another age, or a number of more than 64 bits,
    was found by the writing of points, which the runs of the whole day missed then.
    """
    fine = {"id": 1, "created_at": AT, "updated_at": AT, "name": "n", "status": "completed"}
    model.model_validate(fine)
    with pytest.raises(ValidationError):
        model.model_validate({**fine, **wrong})
