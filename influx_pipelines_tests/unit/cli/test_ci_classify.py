"""`influx-pipelines ci classify`, which needs neither a server nor settings."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from influx_pipelines.cli import app

ROOT = Path(__file__).parents[3]
FAILED = b"start\n\x1b[31mfatal:\x1b[0m Needed a single revision\tnow\nend\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INFLUX_PIPELINES_ESTATE", str(ROOT / "estate"))


def classify(*arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["ci", "classify", *arguments], input=given)


def test_a_row_a_log_separated_by_tabs() -> None:
    Path("plain.log").write_bytes(FAILED)
    Path("packed").write_bytes(gzip.compress(FAILED))
    found = classify("plain.log", "packed", "-", given=FAILED)
    line = "fatal: Needed a single revision now"
    assert found.stdout.splitlines() == [
        f"{path}\tgit_submodule_error\t2\t{line}" for path in ("plain.log", "packed", "-")
    ]
    assert found.exit_code == 0


def test_json_has_category_and_severity_too() -> None:
    found = classify("-", "--json", given=FAILED)
    assert json.loads(found.stdout) == [
        {
            "path": "-",
            "type": "git_submodule_error",
            "category": "git",
            "severity": "error",
            "line_number": 2,
            "line": "fatal: Needed a single revision now",
        }
    ]


def test_a_log_without_a_known_failure_is_unmatched_and_the_status_says_so() -> None:
    found = classify("-", given=b"all is well\n")
    assert (found.exit_code, found.stdout) == (1, "-\tunmatched\t\t\n")


def test_what_cannot_be_read_is_named_and_the_others_are_read() -> None:
    packed = gzip.compress(bytes(range(256)) * 100)
    Path("cut.gz").write_bytes(packed[:-9])
    Path("bad.gz").write_bytes(packed[:12] + b"\xff\xff\xff" + packed[15:])
    found = classify("missing.log", "cut.gz", "bad.gz", ".", "-", given=FAILED)
    assert found.exit_code == 2
    assert found.stdout.startswith("-\tgit_submodule_error\t")
    told = [line.split(":")[0] for line in found.stderr.splitlines()]
    assert told == ["missing.log", "cut.gz", "bad.gz", "."]


def test_rules_of_ones_own() -> None:
    Path("rules.yaml").write_text("rules: [{name: boring, pattern: well, category: none}]\n")
    assert classify("-", "--rules", "rules.yaml", given=b"all is well\n").exit_code == 0
