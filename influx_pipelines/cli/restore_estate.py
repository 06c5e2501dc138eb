"""After a restore of buckets: what the estate says of them, and what nobody brings back."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape

from influx_pipelines import estate as estates
from influx_pipelines.backups.restore.forgotten import still_missing
from influx_pipelines.backups.restore.plan import BucketPlan, RestorePlan
from influx_pipelines.backups.restore.reapply import plan_again
from influx_pipelines.cli.console import out
from influx_pipelines.cli.estate import print_plan, print_results
from influx_pipelines.estate.exclusive import ApplyBusy, exclusively
from influx_pipelines.estate.ledger import ledger_of
from influx_pipelines.estate.load import load
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.settings import Settings


def apply_again(
    settings: Settings, client: Influx, plan: RestorePlan, done: Sequence[BucketPlan]
) -> bool:
    """Bring labels, mappings, tokens, tasks and checks of restored buckets back from the files.

    Returns:
        Whether nothing failed; what is in no file is named.
    """
    if not done:
        return True
    try:
        whole = _applied(settings, client, [bucket.as_name for bucket in done])
    except (EstateError, ApplyBusy, InfluxError) as error:
        out.print(escape(f"The estate was not applied again: {error}"))
        whole = False
    for bucket in done:
        _tell_missing(client, plan, bucket)
    return whole


def _applied(settings: Settings, client: Influx, names: Sequence[str]) -> bool:
    if not settings.estate.is_dir():
        out.print(escape(f"{settings.estate} is no folder: nothing was applied to the buckets."))
        return True
    with exclusively(settings.home):
        ledger = ledger_of(settings, client)
        planned = plan_again(load(settings.estate), client, ledger, names)
        if not planned.changes:
            return True
        print_plan(planned)
        applied = estates.apply(
            planned,
            client,
            ledger,
            secret_command=settings.secret_command,
            token_command=settings.token_command,
        )
    print_results(applied)
    out.print(applied.summary())
    return not applied.failed


def _tell_missing(client: Influx, plan: RestorePlan, bucket: BucketPlan) -> None:
    found = client.find_bucket(bucket.as_name)
    of_it = [one for one in plan.forgotten if one.bucket == bucket.held.name]
    for one in still_missing(client, of_it, found) if found else ():
        out.print(escape(f"Not brought back: {one}"))
