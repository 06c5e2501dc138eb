"""The backups that are also elsewhere."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.backups.copies.found import Copy, find_copies
from influx_pipelines.backups.copies.keeping import Kept, keep_copies
from influx_pipelines.backups.copies.remote import Remote
from influx_pipelines.backups.inventory import Inventory, take_inventory
from influx_pipelines.backups.prune import policy_of
from influx_pipelines.defs.backups.progress import logged
from influx_pipelines.defs.policies import BACKUP_POOL, managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import EstateResource, failures_explained
from influx_pipelines.settings import Settings

KEY = ["backups", "copies"]
NOWHERE = "no place is set: INFLUX_PIPELINES_BACKUP_COPY_TO"

COPIES_ARE_WHOLE = check_spec(
    "copies_are_whole",
    asset=KEY,
    description="Every file of every copy is there with its size.",
)
LAST_GOOD_IS_COPIED = check_spec(
    "last_good_is_copied",
    asset=KEY,
    description="The newest good backup is also at the place of the copies, where one is set.",
)


@managed_asset(
    key=KEY,
    group_name="backups",
    code_version="1",
    pool=BACKUP_POOL,
    deps=[["backups", "verification"]],
    check_specs=[COPIES_ARE_WHOLE, LAST_GOOD_IS_COPIED],
)
def copies(context: dg.AssetExecutionContext, estate: EstateResource) -> dg.MaterializeResult:
    """The verified backups at another place, encrypted where keys are set; nowhere unless told."""
    return copied(context, estate.settings())


def copied(context: dg.AssetExecutionContext, settings: Settings) -> dg.MaterializeResult:
    """Copy what was verified, and judge the copies by the two checks of `copies`."""
    url = settings.copy_to
    if not url:
        return dg.MaterializeResult(
            metadata={"summary": NOWHERE},
            check_results=[copies_are_whole(()), last_good_is_copied(None, ())],
        )
    with failures_explained():
        kept = keep_copies(
            settings.backups,
            url,
            settings.backup_recipients,
            policy_of(settings),
            datetime.now(UTC),
            progress=logged(context.log),
        )
        there = find_copies(Remote(url))
        here = take_inventory(settings.backups)
    return dg.MaterializeResult(
        metadata=copies_metadata(kept, there),
        check_results=[copies_are_whole(there), last_good_is_copied(here, there)],
    )


def copies_metadata(kept: Kept, there: Sequence[Copy]) -> dict[str, Any]:
    """What is there, what was sent, what went."""
    rows = [
        {
            "name": copy.name,
            "encrypted": copy.record.encrypted if copy.record else None,
            "bytes": copy.record.bytes if copy.record else None,
            "why": ", ".join(kept.decision.keep.get(copy.name, ())),
        }
        for copy in there
    ]
    return {
        "summary": f"{len(there)} copies, {len(kept.sent)} sent",
        "place": kept.shown,
        "copies": metadata.table(rows, empty="no copy"),
        "copies_count": len(there),
        "bytes": sum(copy.record.bytes for copy in there if copy.record),
        "sent": metadata.names(kept.sent),
        "removed": metadata.names([*kept.unfinished, *kept.decision.remove]),
    }


def copies_are_whole(there: Sequence[Copy]) -> dg.AssetCheckResult:
    """Judge the copies by names and sizes of their files."""
    damages = [str(damage) for copy in there for damage in copy.damages]
    return dg.AssetCheckResult(
        check_name="copies_are_whole",
        passed=not damages,
        metadata={"damages": metadata.names(damages), "copies": len(there)},
    )


def last_good_is_copied(here: Inventory | None, there: Sequence[Copy]) -> dg.AssetCheckResult:
    """Judge the copies by the newest good backup; None where there is no place for copies."""
    last = here.last_good if here else None
    name = last.backup.name if last else ""
    return dg.AssetCheckResult(
        check_name="last_good_is_copied",
        passed=not name or name in {copy.name for copy in there if copy.good},
        metadata={"last_good": name or "none", "place": "set" if here else "none"},
    )
