from __future__ import annotations

import io

from influx_pipelines.sources.ci.reading import read_log
from influx_pipelines.sources.ci.records import TestRecord
from influx_pipelines.sources.ci.rules import Rules

TIME = "2021-06-02T20:33:14.5058185Z "


def failed(*lines: str) -> list[TestRecord]:
    log = "".join(f"{TIME}{line}\r\n" for line in lines).encode()
    return list(read_log(io.BytesIO(log), Rules(())).tests)


def told(*lines: str) -> list[tuple[str, str, str]]:
    return [(test.name, test.configuration, test.status) for test in failed(*lines)]


def test_a_status_on_the_line_of_its_test() -> None:
    assert told(
        "[007] engine/ddl.test.lua             memtx           [ pass ]",
        "[024] engine/ddl.test.lua             vinyl           [ fail ]",
        "[006] app-luatest/a_test.lua  \x1b[0m\x1b[1;33m     \x1b[0m\x1b[0;32m[ fail ]\x1b[0m",
        "[040] vinyl/stat.test.lua                             [ disabled ]",
        "[042] small/rb.test                                   [ fail ]",
        "[037] replication/on.test.lua            Test timeout of 310 secs reached\t[ fail ]",
        "[021] box-tap/errinj_set_with_enviroment_vars.test.l> [ fail ]",
    ) == [
        ("engine/ddl.test.lua", "vinyl", "fail"),
        ("app-luatest/a_test.lua", "none", "fail"),
        ("small/rb.test", "none", "fail"),
        ("replication/on.test.lua", "none", "fail"),
        ("box-tap/errinj_set_with_enviroment_vars.test.l>", "none", "fail"),
    ]


def test_a_line_without_a_status_is_ended_by_a_later_one_of_its_worker() -> None:
    assert told(
        "[040] vinyl/gh.test.lua                                 ",
        "[041] vinyl/iterator.test.lua                           ",
        '[040] [Instance "vinyl" killed by signal: 6 (SIGABRT)]',
        "[041] [ pass ]",
        "[040] [ fail ]",
    ) == [("vinyl/gh.test.lua", "none", "fail")]


def test_a_worker_that_says_nothing_more_has_failed() -> None:
    assert told("[003] sql/view.test.lua   memtx   ", "Killed") == [
        ("sql/view.test.lua", "memtx", "fail")
    ]


def test_a_failure_that_passes_when_run_again_is_transient() -> None:
    again = "[040] vinyl/gh.test.lua      [ fail ]"
    found = failed(again, again, "[040] vinyl/gh.test.lua      [ pass ]")
    assert [(test.attempt, test.status) for test in found] == [
        (1, "transient fail"),
        (2, "transient fail"),
    ]
    assert [test.attempt for test in failed(again, again, again)] == [1, 2, 3]


def test_a_hung_test_is_named_by_the_result_that_is_compared() -> None:
    """Its status was lost on the way into the database of the replaced system."""
    result = "--- replication/voter.result\tThu Oct  7 13:53:41 2021"
    hung = "Test hung! Result content mismatch:"
    assert told("[026] unit/rtree.test  [ pass ]", hung, result, "@@ -1,116 +0,0 @@") == [
        ("replication/voter.test.lua", "none", "hang")
    ]
    waiting = "[022] replication/voter.test.py    vinyl     "
    assert told(waiting, hung, result) == [("replication/voter.test.py", "vinyl", "hang")]


def test_the_comparison_of_a_failed_test_is_no_hung_one() -> None:
    assert told(
        "[1] box/a.test.lua  [ fail ]", "[1] --- box/a.result\tnow", "--- box/a.result"
    ) == [("box/a.test.lua", "none", "fail")]


def test_type_and_subtype_are_those_of_the_suite() -> None:
    suites = ("box-tap", "box-luatest", "box", "sql-tap", "sql", "long_run-py")
    found = failed(*(f"[1] {suite}/a.test.lua  [ fail ]" for suite in suites))
    assert [(test.type, test.subtype) for test in found] == [
        ("tap", ""),
        ("luatest", ""),
        ("diff", ""),
        ("tap", "sql"),
        ("diff", "sql"),
        ("diff", "python"),
    ]


def test_a_long_line_that_repeats_what_is_looked_for_is_read_in_linear_time() -> None:
    """Facts took the square of the length of a line: hours for a mebibyte."""
    parts = ("| Target:", "Current runner version: '", "[1] a/b.test.lua ", "--- a/b", "\x1b[")
    for part in parts:
        log = (part * (2**20 // len(part))).encode()
        assert read_log(io.BytesIO(log), Rules(())).tests == ()
