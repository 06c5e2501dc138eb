"""What a script and a reader get of `influx-pipelines backup verify`."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from influx_pipelines.cli import app
from influx_pipelines_tests.backups import sample
from influx_pipelines_tests.damages.damage import file


@pytest.fixture
def folder(tmp_path):
    return sample("2.9.1", tmp_path)


def look(*arguments):
    return CliRunner().invoke(app, ["backup", "verify", *map(str, arguments)])


def test_a_good_backup_is_a_table_and_status_0(folder):
    found = look(folder)
    assert found.exit_code == 0
    assert (
        "two-shards          2       4   2,448  2020-01-01 00:00  2020-01-15 01:59" in found.output
    )
    assert f"good {folder}: native, 5 files" in found.output.replace("\n", "")


def test_each_damage_is_named_and_the_status_is_1(folder):
    file(folder, ".bolt.gz").unlink()
    file(folder, ".1.tar.gz").write_bytes(b"")
    found = look(folder)
    assert found.exit_code == 1
    assert "damaged 20261122T040219Z.bolt.gz: is missing" in found.output
    assert "damaged 20261122T040219Z.1.tar.gz: has 0 bytes, and 518 by the manifest" in found.output


def test_a_program_gets_the_whole_report(folder):
    good = json.loads(look(folder, "--json").output)
    assert (good["good"], good["damages"]) == (True, [])
    assert {found["name"]: found["values"] for found in good["buckets"]}["two-shards"] == 2448
    file(folder, ".sqlite.gz").unlink()
    found = look(folder, "--json")
    assert found.exit_code == 1
    (damage,) = json.loads(found.output)["damages"]
    assert damage == {"file": "20261122T040219Z.sqlite.gz", "what": "is missing", "where": ""}


def test_what_is_no_backup_is_status_2(tmp_path):
    found = look(tmp_path)
    assert found.exit_code == 2
    assert "is no backup" in found.output.replace("\n", " ")
