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


@pytest.mark.parametrize(
    "pattern", ["a(", "a)", "(?=a)", "(?<!a)b", r"(a)\1", "a++", "a{1001}", "(?P<é>a)", "[b-a]"]
)
def test_what_go_refuses_is_refused(pattern: str) -> None:
    with pytest.raises(FluxError) as caught:
        compile_pattern(pattern)
    assert caught.value.code == "invalid"


@pytest.mark.parametrize(
    "pattern", ["[[:alpha:]]", "[[a]", "[a&&b]", r"[\b]", r"\pL", r"\Qa.b\E", "(?U)a+"]
)
def test_what_python_would_read_differently_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(FluxError) as caught:
        compile_pattern(pattern)
    assert caught.value.code == "not implemented"


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "(a|a)*b", "(a?){30}a", "((a*))+", r"(\.+\.)+", r"(a\.?)*"]
)
def test_what_python_could_try_for_ever_is_refused_by_name(pattern: str) -> None:
    """RE2 takes linear time; here one such filter stopped the whole server."""
    with pytest.raises(FluxError) as caught:
        compile_pattern(pattern)
    assert caught.value.code == "not implemented"


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[\w-]+(\.\d+)?$",
        "(ab)+",
        "^(a|b)$",
        "(a+)b?",
        r"(\d{1,3}\.){3}\d",
        r"v?\d+(\.\d+)*",
        r"(?:[\w-]+\.)+",
    ],
)
def test_groups_that_match_in_one_way_may_be_repeated(pattern: str) -> None:
    assert compile_pattern(pattern).pattern
