"""The assets that bring one kind of object to what the estate's files say."""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from influx_pipelines import estate as estates
from influx_pipelines import metadata
from influx_pipelines.defs.policies import ADMIN_POOL, managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.estate.apply import Applied
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.plan import Plan
from influx_pipelines.resources import EstateResource, InfluxDBResource
from influx_pipelines.settings import Settings

# Every asset that changes the server; the sensor and the schedule of the estate ask for them.
TAG = "influx_pipelines/applies"
APPLIED = dg.AssetSelection.tag(TAG, "true")

AS_DECLARED = dg.AssetCheckSpec(
    "as_declared",
    asset=["influx", "buckets"],
    description="After the apply nothing is left to change, and no name is in conflict.",
)

Judge = Callable[[Estate, Ledger, Settings], dg.AssetCheckResult]


class ApplyConfig(dg.Config):
    """How far an apply may go; the default never loses data."""

    create_only: bool = False
    allow_data_loss: str = ""
    prune: bool = False
    only: list[str] = Field(default=[], description="Names of objects; all when there are none.")


def applied_asset(
    kind: str,
    name: str,
    *,
    group: str,
    description: str,
    deps: Sequence[str] = ("server",),
    blocking: bool = False,
    judges: Sequence[tuple[dg.AssetCheckSpec, Judge]] = (),
) -> dg.AssetsDefinition:
    """An asset `influx/<name>` that plans and applies a kind, with the asset check `as_declared`.

    Args:
        kind: the kind, as plans call it.
        name: last part of the key.
        group: the group on the page.
        description: what the asset is, in more than forty characters.
        deps: the assets `influx/<dep>` that must be there first.
        blocking: whether what depends on it waits for the check to pass.
        judges: more asset checks, each with what judges the declaration after the apply.
    """
    check = check_spec(
        AS_DECLARED.name,
        asset=["influx", name],
        blocking=blocking,
        description=AS_DECLARED.description or "",
    )

    @managed_asset(
        key=["influx", name],
        group_name=group,
        description=description,
        code_version="1",
        pool=ADMIN_POOL,
        tags={TAG: "true"},
        deps=[["influx", dep] for dep in deps],
        check_specs=[check, *(spec for spec, _ in judges)],
    )
    def asset(
        context: dg.AssetExecutionContext,
        config: ApplyConfig,
        influx: InfluxDBResource,
        estate: EstateResource,
    ) -> dg.MaterializeResult:
        return applied(context, (kind,), config, influx, estate, [judge for _, judge in judges])

    return asset


def applied(
    context: dg.AssetExecutionContext,
    kinds: Sequence[str],
    config: ApplyConfig,
    influx: InfluxDBResource,
    estate: EstateResource,
    judges: Sequence[Judge] = (),
) -> dg.MaterializeResult:
    """Plan some kinds, apply them, and judge what is left by `as_declared` and other judges."""
    declared, settings = estate.load(), estate.settings()
    with estate.exclusively(), influx.client() as client:
        ledger = estate.ledger(client)
        observed = estates.observe(client, kinds)
        planned = estates.plan(declared, observed, ledger, kinds=kinds, prune=config.prune)
        if config.only:
            planned = planned.only(config.only)
        context.log.info("%s", planned.summary())
        done = estates.apply(
            planned,
            client,
            ledger,
            create_only=config.create_only,
            allow_data_loss=config.allow_data_loss or None,
            secret_command=settings.secret_command,
            token_command=settings.token_command,
        )
        after = estates.plan(declared, estates.observe(client, kinds), ledger, kinds=kinds)
    return dg.MaterializeResult(
        data_version=dg.DataVersion(estate.digest()),
        metadata=apply_metadata(planned, done, client.url),
        check_results=[
            as_declared(done, after),
            *(judge(declared, ledger, settings) for judge in judges),
        ],
    )


def as_declared(applied: Applied, after: Plan) -> dg.AssetCheckResult:
    """Judge an apply by what a new plan would still change."""
    left = [row for row in after.rows() if row["action"] not in ("undeclared", "ignored")]
    return dg.AssetCheckResult(
        check_name="as_declared",
        passed=not after.changes and not after.conflicts and not applied.failed,
        metadata={
            "left_to_do": metadata.table(left, empty="nothing"),
            "conflicts": len(after.conflicts),
            "failed": len(applied.failed),
        },
    )


def apply_metadata(planned: Plan, applied: Applied, url: str) -> dict[str, Any]:
    """Tables of the changes and of what was found, and a line for people."""
    changes = [
        {**result.change.row(), "state": result.state, "reason": result.error}
        for result in applied.results
    ]
    values: dict[str, Any] = {
        "summary": applied.summary(),
        "server": metadata.link(url),
        "plan": metadata.table(changes, empty="nothing to change"),
        "found": metadata.table([finding.row() for finding in planned.findings]),
        "fingerprint": planned.fingerprint,
    }
    if planned.losses:
        values["would_lose"] = metadata.names(planned.losses)
    return values
