"""Old backups go by the policy; the last good one never does."""

from datetime import UTC, datetime
from typing import Any

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.backups.inventory import Inventory, take_inventory
from influx_pipelines.backups.prune import Pruned, plan, policy_of, prune
from influx_pipelines.defs.backups.progress import logged
from influx_pipelines.defs.policies import BACKUP_POOL, managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.resources import EstateResource, failures_explained
from influx_pipelines.settings import Settings

KEY = ["backups", "retention"]

LAST_GOOD_IS_KEPT = check_spec(
    "last_good_is_kept",
    asset=KEY,
    description="The newest good backup of before is there still, and two good full ones are.",
)
POLICY_HOLDS = check_spec(
    "policy_holds",
    asset=KEY,
    description="Nothing is left that the policy does not keep.",
)


class RetentionConfig(dg.Config):
    """Whether anything is removed."""

    dry_run: bool = False


@managed_asset(
    key=KEY,
    group_name="backups",
    code_version="1",
    pool=BACKUP_POOL,
    deps=[["backups", "verification"]],
    check_specs=[LAST_GOOD_IS_KEPT, POLICY_HOLDS],
)
def retention(
    context: dg.AssetExecutionContext, config: RetentionConfig, estate: EstateResource
) -> dg.MaterializeResult:
    """The backups that are kept by days, weeks and months, each with its reasons; others go."""
    return retained(context, estate.settings(), dry_run=config.dry_run)


def retained(
    context: dg.AssetExecutionContext, settings: Settings, *, dry_run: bool = False
) -> dg.MaterializeResult:
    """Remove what the policy does not keep, and judge it by the two checks of `retention`."""
    now = datetime.now(UTC)
    folder, policy = settings.backups, policy_of(settings)
    with failures_explained():
        before = take_inventory(folder)
        if dry_run:
            pruned = plan(folder, policy, now)
        else:
            pruned = prune(folder, policy, now, logged(context.log))
        after = take_inventory(folder)
        left = plan(folder, policy, now)
    return dg.MaterializeResult(
        metadata=retention_metadata(pruned, before, after),
        check_results=[last_good_is_kept(before, after), policy_holds(left, dry_run)],
    )


def retention_metadata(pruned: Pruned, before: Inventory, after: Inventory) -> dict[str, Any]:
    """What stays and why, and what went."""
    gone = [*pruned.abandoned, *pruned.decision.remove]
    verb = "removed" if pruned.done else "would go"
    kept = [
        {"name": name, "why": ", ".join(reasons)} for name, reasons in pruned.decision.keep.items()
    ]
    return {
        "summary": f"{len(kept)} kept, {len(gone)} {verb}",
        "kept": metadata.table(kept, empty="no backup"),
        "kept_count": len(kept),
        verb.replace(" ", "_"): metadata.names(gone),
        "bytes_before": before.bytes,
        "bytes_after": after.bytes,
    }


def last_good_is_kept(before: Inventory, after: Inventory) -> dg.AssetCheckResult:
    """Judge a retention by the good backups of before and after."""
    held = {one.backup.name for one in after.listed if one.good}
    full = [one.backup.name for one in before.listed if one.good and one.backup.full][:2]
    needed = [*([before.last_good.backup.name] if before.last_good else []), *full]
    missing = sorted(set(needed) - held)
    return dg.AssetCheckResult(
        check_name="last_good_is_kept",
        passed=not missing,
        metadata={"missing": metadata.names(missing), "good": len(held)},
    )


def policy_holds(left: Pruned, dry_run: bool) -> dg.AssetCheckResult:
    """Judge a retention by what a second one would remove; a dry run leaves it there."""
    names = [*left.abandoned, *left.decision.remove]
    return dg.AssetCheckResult(
        check_name="policy_holds",
        passed=dry_run or not names,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"left": metadata.names(names), "dry_run": dry_run},
    )
