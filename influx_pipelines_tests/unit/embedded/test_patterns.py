from __future__ import annotations

import pytest

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"^\d+$", "12", True),
        (r"^\d+$", "12\n", False),  # Python's `$` stands before a last line break too
        (r"^\d+$", "١٢", False),  # digits of other scripts are none in RE2
        (r"(?i)ABC", "xabcx", True),
        (r"a\$", "a$", True),
        (r"[^a-c]", "b", False),
    ],
)
def test_a_pattern_means_what_it_means_in_go(pattern: str, text: str, found: bool) -> None:
    assert (compile_pattern(pattern).search(text) is not None) is found


@pytest.mark.parametrize("pattern", ["a(", "(?=a)", "(?<!a)b", r"(a)\1", "a++"])
def test_what_go_refuses_is_refused(pattern: str) -> None:
    with pytest.raises(FluxError) as caught:
        compile_pattern(pattern)
    assert caught.value.code == "invalid"


@pytest.mark.parametrize("pattern", ["[[:alpha:]]", r"\pL", r"\Qa.b\E", "(?U)a+"])
def test_what_python_would_read_differently_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(FluxError) as caught:
        compile_pattern(pattern)
    assert caught.value.code == "not implemented"
