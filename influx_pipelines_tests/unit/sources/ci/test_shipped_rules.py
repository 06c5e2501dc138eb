"""Every shipped type is told by a line of its kind, and the precise ones stay visible."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from influx_pipelines.sources.ci.classify import Finding, classify
from influx_pipelines.sources.ci.rules import Rules

RULES = Rules.load(Path(__file__).parents[4] / "estate/ci_rules.yaml")
LINES = {
    "testrun_address_already_in_use": [
        "E> failed to bind, called on fd -1: Address already in use"
    ],
    "git_unsafe_error": [
        "Error: fatal: unsafe repository ('/w' is owned by someone else)",
        "fatal: detected dubious ownership in repository at '/w'",
    ],
    "testrun_test_failed": ["* fail: 2"],
    "integration_vshard_test_failed": [" ===== 1 tests failed:"],
    "package_building_error": [
        "make[3]: *** [src/core.dir/build.make:834: src/core.dir/datetime.c.o] Error 1",
        "make[2]: *** read jobs pipe: Resource temporarily unavailable.  Stop.",
    ],
    "luajit_error": [
        "fatal error, exiting the event loop",
        "PANIC: unprotected error in call to Lua API (not enough memory)",
    ],
    "database_error": ["tarantool.error.DatabaseError: (3, 'Duplicate key exists')"],
    "yum_repo_error": ["  - Status code: 503 for http://mirror.example/repomd.xml (IP: 10.0.0.1)"],
    "testrun_internal": ["[Internal test-run error] The following tasks were not reported"],
    "luatest_failed": ["[024] Test failed! Result content mismatch:", "Tests with errors:"],
    "testrun_test_hung": ["Test hung! Result content mismatch:"],
    "curl_error": ["curl: (22) The requested URL returned error: 502 Bad Gateway"],
    "integration_tests_failed": ["Captured stderr:", "\x1b[31mFailed tests:\x1b[0m"],
    "python_not_found": ["/bin/sh: 1: python3.8: not found"],
    "vshard_error": ["main/103/box E> Error during boot"],
    "jepsen_error": ["make[3]: *** [CMakeFiles/run-jepsen.dir/all] Error 2"],
    "dir_not_empty": ["rm: cannot remove '/build/x': Directory not empty"],
    "git_repo_access_error": [
        "fatal: unable to access 'https://github.com/a/b/': Could not resolve host",
        "fatal: the remote end hung up unexpectedly",
    ],
    "dpkg_buildpackage_error": ["dpkg-buildpackage: error: debian/rules build gave error exit"],
    "git_submodule_error": ["fatal: Needed a single revision"],
    "go_tarantool_error": ["FAIL\tgithub.com/tarantool/go-tarantool/queue\t12.3s"],
    "ctest_error": ["The following tests FAILED:"],
    "lto_error": ["lto-wrapper: fatal error: make returned 2 exit status"],
    "checkpatch": [
        "total: 4 errors, 72 lines checked",
        "total: 1 errors, 2 warnings, 9 lines checked",
    ],
    "telegram_bot_error": ["SyntaxError: EOL while scanning string literal"],
    "dependency_autoreconf": ["./buildconf: 4: exec: autoreconf: not found"],
    "ssl_certificate_problem": ["curl: (60) SSL certificate problem: certificate has expired"],
    "tap_test_failed": ["# failed subtest: 3", "not ok - failed subtests"],
    "could_not_find_readline": ["Could NOT find Readline (missing: READLINE_LIBRARY)"],
    "linker_error": ["clang-14: error: linker command failed with exit code 1"],
    "docker_rate_limit": [
        "Error response from daemon: toomanyrequests: You have reached your limit"
    ],
    "linker_command_failed": ["c++: error: linker command failed with exit code 1"],
    "docker_hub_unreachable": [
        'Error response from daemon: Head "https://registry.example/v2/x": EOF',
        "error parsing HTTP 408 response body: invalid character '<'",
    ],
    "repo_certificate_expired": [
        "Certificate verification failed: The certificate is NOT trusted."
    ],
    "ninja_build_error": ["ninja: error: build.ninja:2151: multiple rules generate src/luajit"],
    "coveralls_io_unreachable": ["##[error]Bad response: 405 <html>", "Error: Bad response: 422"],
    "changelog_error": ["Unable to parse /w/changelogs/unreleased/gh-1.md: no header"],
    "yum_repo_certificate_error": ["Error: Cannot retrieve metalink for repository: epel/x86_64."],
}


def found(*lines: str) -> Finding | None:
    return classify(io.BytesIO("\n".join(lines).encode()), RULES)


@pytest.mark.parametrize("name", [rule.name for rule in RULES.rules])
def test_a_shipped_type_is_told_by_its_lines(name: str) -> None:
    for line in LINES[name]:
        finding = found("2026-01-01T00:00:00Z start", f"2026-01-01T00:00:01Z {line}", "end")
        assert finding is not None and (finding.type, finding.line_number) == (name, 2), line


def test_lines_that_are_no_failure_tell_none() -> None:
    assert found("* fail: 0", "total: 0 errors, 12 lines checked", "0 tests failed:", "") is None
    assert found("python3.11: found", "Status code: 200 for x", "Bad response: 500") is None


def test_a_line_that_stands_beside_many_failures_does_not_hide_a_precise_one() -> None:
    """The replaced classifier took the broad one, since it came last in the log."""
    finding = found("curl: (22) The requested URL returned error: 502", "E> Error", "Failed tests:")
    assert finding is not None and finding.type == "curl_error"


def test_a_port_in_use_explains_what_failed_after_it() -> None:
    finding = found("bind: Address already in use", "Test failed!", "* fail: 1", "E> Error")
    assert finding is not None and finding.type == "testrun_address_already_in_use"
