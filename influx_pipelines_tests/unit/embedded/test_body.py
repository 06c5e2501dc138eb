from __future__ import annotations

import pytest

from influx_pipelines.embedded.http.body import decode


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (r'"\ud800"', "\ufffd"),
        (r'"\udc00\n"', "\ufffd\n"),
        (r'"\ud800\ud83d\ude00"', "\ufffd\U0001f600"),
        (r'"\\ud800"', r"\ud800"),
    ],
)
def test_half_a_character_is_the_sign_for_an_unreadable_one(body: str, expected: str) -> None:
    """Such a text reached the answer, could not be encoded there, and ended as a traceback."""
    assert decode(body.encode()) == expected
