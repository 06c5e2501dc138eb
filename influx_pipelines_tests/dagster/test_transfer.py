"""The assets of exports and imports, and each of their asset checks passing and failing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from influx_pipelines.cli.project import split_by_partition
from influx_pipelines.defs.buckets.partitions import PARTITIONS
from influx_pipelines.defs.ranges import RANGE_END, RANGE_START
from influx_pipelines.defs.tasks.backfill import task_backfill
from influx_pipelines.defs.transfer import checks
from influx_pipelines.defs.transfer.assets import exports, imports
from influx_pipelines.defs.transfer.folders import exports_below
from influx_pipelines.influx.writing.result import WriteResult
from influx_pipelines.transfer.manifest import Manifest
from influx_pipelines_tests.dagster.conftest import World

EXPORTS = dg.AssetKey(["transfer", "exports"])


def fill(world: World, *names: str) -> None:
    """Buckets with partitions, and points of the last hours in them."""
    now = datetime.now(UTC)
    rows = [
        {"host": host, "v": float(n), "time": now - timedelta(minutes=10 * n)}
        for host in ("x", "y")
        for n in range(1, 7)
    ]
    for name in names:
        world.bucket(name, 0)
        world.client.write(rows, bucket=name, measurement="m", tags=["host"])
    world.instance.add_dynamic_partitions(PARTITIONS, list(names))


def export(world: World, *names: str, **config: Any) -> dg.ExecuteInProcessResult:
    tags = {RANGE_START: names[0], RANGE_END: names[-1]}
    given = {"ops": {"transfer__exports": {"config": config}}}
    return world.run(exports, tags=tags, config=given)


def passed(result: dg.ExecuteInProcessResult) -> dict[str, bool]:
    return {found.check_name: found.passed for found in result.get_asset_check_evaluations()}


def metadata(world: World, partition: str) -> dict[str, Any]:
    only = dg.AssetRecordsFilter(asset_key=EXPORTS, asset_partitions=[partition])
    event = world.instance.fetch_materializations(only, limit=1).records[0].asset_materialization
    assert event is not None
    return {name: value.value for name, value in event.metadata.items()}


def test_each_bucket_has_an_export_that_goes_on(world: World, home: Path) -> None:
    fill(world, "a", "b/../c")
    world.bucket("empty")
    world.instance.add_dynamic_partitions(PARTITIONS, ["empty"])
    first = export(world, "a", "empty", every="", start="-2d")
    assert first.success
    assert passed(first) == {"files_are_whole": True, "counts_agree": True}
    assert [metadata(world, name)["summary"] for name in ("a", "b/../c", "empty")] == [
        "exported", "exported", "empty"
    ]  # fmt: skip
    found = metadata(world, "a")
    assert found["rows"] == found["rows_of_this_run"] == 12
    assert "data:image/png;base64," in found["rows_per_window"]
    folder = Path(found["folder"])
    assert folder.parents[1] == (home / "exports").resolve()
    assert (folder / "_export.json").exists()
    late = {"v": 1.0, "time": datetime.now(UTC) - timedelta(minutes=1)}
    world.client.write([late], bucket="a", measurement="other")
    assert export(world, "a", "empty", every="", start="-2d").success
    again = metadata(world, "a")
    assert (again["folder"], again["rows"]) == (found["folder"], 13)
    assert len(exports_below(home)) == 3


def test_another_request_has_a_folder_of_its_own(world: World, home: Path) -> None:
    fill(world, "a")
    assert export(world, "a").success
    assert export(world, "a", format="parquet", every="").success
    names = sorted(folder.name.partition("-")[0] for folder in exports_below(home))
    assert names == ["csv", "parquet"]


def test_a_request_that_cannot_be_fails_with_a_sentence(world: World) -> None:
    fill(world, "a")
    result = export(world, "a", format="xml")
    assert not result.success
    failure = result.failure_data_for_node("transfer__exports")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert "csv, parquet, lp" in (failure.user_failure_data.description or "")


def test_a_file_that_is_gone_fails_the_check_whatever_bucket_runs(world: World, home: Path) -> None:
    fill(world, "a", "b")
    export(world, "a", "b", every="", start="-2d")
    folder = Path(metadata(world, "a")["folder"])
    next(folder.rglob("*.csv")).unlink()
    result = export(world, "b", every="", start="-2d")
    assert passed(result) == {"files_are_whole": False, "counts_agree": True}
    (found,) = [c for c in result.get_asset_check_evaluations() if not c.passed]
    assert "is missing" in str(found.metadata["damaged"].value)


def test_a_window_with_another_count_fails_the_check(world: World, home: Path) -> None:
    fill(world, "a")
    export(world, "a", every="", start="-2d")
    ((folder, manifest),) = exports_below(home).items()
    assert checks.counts_agree({folder: manifest}).passed
    other = manifest.windows[0].model_copy(update={"counted": 999})
    wrong: Manifest = manifest.model_copy(update={"windows": [other]})
    assert not checks.counts_agree({folder: wrong}).passed


def test_an_import_without_a_folder_changes_nothing(world: World) -> None:
    """Materialize all must be safe at any moment."""
    result = world.run(imports)
    assert result.success
    assert passed(result) == {"nothing_was_refused": True}
    event = result.asset_materializations_for_node("transfer__imports")[0]
    assert event.metadata["summary"].value == "nothing to import"


def test_an_import_brings_an_export_into_a_bucket(world: World) -> None:
    fill(world, "a")
    export(world, "a", every="", start="-2d", format="lp")
    world.bucket("b", 0)
    said = {"folder": metadata(world, "a")["folder"], "bucket": "b"}
    result = world.run(imports, config={"ops": {"transfer__imports": {"config": said}}})
    assert result.success
    event = result.asset_materializations_for_node("transfer__imports")[0]
    assert event.metadata["points"].value == 12
    nobody = {**said, "bucket": "nobody"}
    failed = world.run(imports, config={"ops": {"transfer__imports": {"config": nobody}}})
    assert not failed.success


def test_refused_points_fail_the_check() -> None:
    assert checks.nothing_was_refused(WriteResult(points=1)).passed
    assert not checks.nothing_was_refused(WriteResult(dropped=1, reasons=["too old"])).passed


def test_run_materializes_exports_for_every_bucket() -> None:
    from influx_pipelines.definitions import defs

    plain, per_bucket = split_by_partition(defs())
    assert EXPORTS in per_bucket
    assert task_backfill.key not in [*plain, *per_bucket]  # its partitions are days
    assert dg.AssetKey(["transfer", "imports"]) in plain


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    """Every test here writes below a home of its own."""
