"""A scratch bucket is nobody's business but the restore test's."""

from __future__ import annotations

from pathlib import Path

from influx_pipelines.backups.restore import marker
from influx_pipelines.defs.buckets.partitions import candidates
from influx_pipelines.estate.importing.access import import_buckets
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.observed import Observed
from influx_pipelines.estate.plan import plan
from influx_pipelines.influx.models import Bucket

OURS = Bucket(id="1", name=f"{marker.NAME}1", description=marker.scratch("me"))
NAMED_SO = Bucket(id="2", name=f"{marker.NAME}2", description="of a person")


def test_only_name_and_owner_together_say_that_it_may_be_deleted() -> None:
    assert marker.is_scratch_of(OURS, "me")
    assert not marker.is_scratch_of(OURS, "other")
    assert not marker.is_scratch_of(NAMED_SO, "me")
    assert not marker.is_scratch_of(OURS.model_copy(update={"name": "telemetry"}), "me")


def test_it_gets_no_partition_no_mapping_and_no_declaration(tmp_path: Path) -> None:
    """The nightly test would ask for runs of a bucket that is gone before they begin."""
    assert candidates([OURS, NAMED_SO]) == ([NAMED_SO], [])
    observed = Observed((OURS, NAMED_SO))
    ledger = Ledger(tmp_path / "ledger.json", "here")
    planned = plan(Estate(), observed, ledger, kinds=("bucket", "dbrp_mapping"))
    assert [change.name for change in planned.changes] == [NAMED_SO.name]
    section = import_buckets([OURS, NAMED_SO], [], set())
    assert [entry["name"] for entry in section.entries] == [NAMED_SO.name]


def test_an_unfinished_restore_says_so_until_it_is_counted() -> None:
    begun = Bucket(id="1", name="b", description=marker.unfinished("backup-20260101T000000Z"))
    assert marker.is_unfinished(begun)
    assert not marker.is_unfinished(begun.model_copy(update={"description": "unfinished"}))
