"""`influx-pipelines restore`: a backup, or buckets of it, back to a server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import SecretStr

from influx_pipelines.backups.alone import alone_with_restores
from influx_pipelines.backups.sets import BackupSet, open_set
from influx_pipelines.cli.backup_display import following
from influx_pipelines.cli.console import out
from influx_pipelines.cli.interrupts import ended_cleanly
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.choose import running_server
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings, load_settings

if TYPE_CHECKING:
    from influx_pipelines.backups.restore.buckets import BucketResult
    from influx_pipelines.backups.restore.plan import RestorePlan

TROUBLE, LEFT_OUT = 1, 2
STOPPED = (
    "Stopped. A bucket that was begun says in its description that it is not finished; the same "
    "command goes on with it, or tells how to begin it again."
)


def restore(
    backup: Annotated[
        str, typer.Argument(metavar="SET", help="Folder of one backup, or its name.")
    ],
    bucket: Annotated[
        list[str] | None, typer.Option(help="Only this one; may be repeated.")
    ] = None,
    as_name: Annotated[str, typer.Option("--as", help="Another name for the one bucket.")] = "",
    org: Annotated[str, typer.Option(help="Organisation in the backup, if it has several.")] = "",
    full: Annotated[
        bool, typer.Option("--full", help="Replace all data, users and tokens of the server.")
    ] = False,
    lines: Annotated[
        bool, typer.Option("--lines", help="Line by line: what was deleted stays deleted.")
    ] = False,
    allow_data_loss: Annotated[
        str, typer.Option(help="Fingerprint of the plan whose losses are wanted.")
    ] = "",
    only_plan: Annotated[bool, typer.Option("--plan", help="Send nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Only the plan, as JSON.")] = False,
) -> None:
    """Verify a backup, show the plan, and bring its buckets back; nothing is overwritten.

    Exit status: 0 when all is there and counted, 2 when something was left out, 1 for trouble.
    """
    from influx_pipelines.backups.restore.planning import plan_restore
    from influx_pipelines.backups.restore.request import RestoreRequest
    from influx_pipelines.cli.restore_display import show_plan

    request = RestoreRequest(tuple(bucket or ()), as_name, org, full, lines)
    settings = load_settings()
    found, token = _found(backup, settings), cache(lambda: _old_token(settings))
    with (
        ended_cleanly(STOPPED),
        running_server(settings) as connection,
        connection.for_backups(settings).client(settings) as client,
        _alone(found, settings),
    ):
        with following("Verifying") as progress:
            plan = plan_restore(client, found, request, token=token, progress=progress)
        if as_json:
            typer.echo(json.dumps(plan.to_json(), indent=1, default=str))
        else:
            show_plan(plan)
        if plan.damaged:
            raise typer.Exit(TROUBLE)
        if only_plan or as_json:
            raise typer.Exit(LEFT_OUT if plan.losses or plan.refused else 0)
        if full:
            status = _restore_full(plan, client, allow_data_loss, token(), connection, settings)
        else:
            status = _restore_buckets(plan, client, allow_data_loss, connection, settings)
    raise typer.Exit(status)


def _found(backup: str, settings: Settings) -> BackupSet:
    """The backup in a folder, or of a name in the folder of backups."""
    path = Path(backup)
    return open_set(path if path.is_dir() or path.name != backup else settings.backups / backup)


@contextmanager
def _alone(found: BackupSet, settings: Settings) -> Iterator[None]:
    """No retention removes the backup meanwhile, where this or another project has one."""
    folder = found.path.resolve().parent
    if folder != settings.backups.resolve() and not any(folder.glob(".lease.*")):
        yield
        return
    with alone_with_restores(folder, "restore"):
        yield


def _old_token(settings: Settings) -> SecretStr | None:
    """The operator token of the time of the backup: as it is set, or as it is typed in, unseen."""
    if settings.restore_token is not None or not sys.stdin.isatty():
        return settings.restore_token
    typed = typer.prompt(
        "Operator token of the time of the backup", default="", hide_input=True, show_default=False
    )
    return SecretStr(typed) if typed else None


def _restore_buckets(
    plan: RestorePlan,
    client: Influx,
    allowed: str,
    connection: Connection,
    settings: Settings,
) -> int:
    from influx_pipelines.backups.restore.buckets import restore_buckets
    from influx_pipelines.cli.restore_display import show_result
    from influx_pipelines.cli.restore_estate import apply_again

    results: list[BucketResult] = []
    with following("Restoring") as progress:
        for result in restore_buckets(plan, client, allow_data_loss=allowed, progress=progress):
            show_result(result)
            results.append(result)
    done = [result.plan for result in results if result.state == "done"]
    with connection.client(settings) as usual:
        whole = apply_again(settings, usual, plan, done)
    return _status(results, whole)


def _status(results: Sequence[BucketResult], whole: bool) -> int:
    states = {result.state for result in results}
    if states & {"failed", "missing"}:
        return TROUBLE
    return LEFT_OUT if "skipped" in states or not whole else 0


def _restore_full(
    plan: RestorePlan,
    client: Influx,
    allowed: str,
    token: SecretStr | None,
    connection: Connection,
    settings: Settings,
) -> int:
    from influx_pipelines.backups.restore.full import restore_full
    from influx_pipelines.cli.restore_display import show_full
    from influx_pipelines.cli.restore_tokens import tell_token

    if plan.refused:
        return TROUBLE
    if allowed != plan.fingerprint:
        out.print(f"Nothing was sent. Allow the loss with --allow-data-loss {plan.fingerprint}")
        return LEFT_OUT
    with following("Restoring") as progress:
        result = restore_full(plan, client, allow_data_loss=allowed, token=token, progress=progress)
    show_full(result)
    tell_token(settings, connection, result.token, token)
    return TROUBLE if result.state == "missing" else 0
