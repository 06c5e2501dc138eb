"""Look at everything: each check by itself, so that one that fails hides no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from influx_pipelines.doctor.checks.alertstore import alert_store
from influx_pipelines.doctor.checks.clock import clock
from influx_pipelines.doctor.checks.declarations import declarations
from influx_pipelines.doctor.checks.disk import disk
from influx_pipelines.doctor.checks.files import secret_files
from influx_pipelines.doctor.checks.othertokens import backup_token, made_tokens
from influx_pipelines.doctor.checks.rights import rights
from influx_pipelines.doctor.checks.secrets import channels, declared_secrets, service_keys
from influx_pipelines.doctor.checks.server import server
from influx_pipelines.doctor.checks.settings import settings, unusable
from influx_pipelines.doctor.checks.token import token
from influx_pipelines.doctor.checks.versions import versions
from influx_pipelines.doctor.orchestrator.look import orchestrator
from influx_pipelines.doctor.result import Result, red
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.influx.redact import redact
from influx_pipelines.settings import SettingsError, load_settings

Check = Callable[[Subject], Iterable[Result]]

CHECKS: tuple[Check, ...] = (
    settings,
    server,
    clock,
    token,
    rights,
    backup_token,
    made_tokens,
    declarations,
    declared_secrets,
    channels,
    service_keys,
    secret_files,
    alert_store,
    disk,
    orchestrator,
)


def examine(root: Path, checks: Iterable[Check] = CHECKS) -> list[Result]:
    """The results for a project folder, which is the working folder; nothing is changed.

    Args:
        root: the folder with dagster.yaml.
        checks: what is looked at, beside the versions.
    """
    found = list(versions())
    try:
        subject = Subject(root, load_settings())
    except SettingsError as error:
        return [*found, *unusable(error)]
    for check in checks:
        found += _guarded(check, subject)
    secrets = set(subject.secrets())
    return [
        replace(one, what=redact(one.what, secrets), mend=redact(one.mend, secrets))
        for one in found
    ]


def _guarded(check: Check, subject: Subject) -> Iterator[Result]:
    """What a check found; an error that nobody foresaw is a result as well."""
    try:
        yield from check(subject)
    except Exception as error:  # of a library, a file system, a database
        text = f"The check {check.__name__} failed: {type(error).__name__}: {error}"
        yield red(check.__name__, text, "Mend what the error names; else report it as a bug.")
