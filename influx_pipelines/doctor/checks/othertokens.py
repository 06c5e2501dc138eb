"""The tokens beside ours: that of backups, and those that the estate made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from influx_pipelines.doctor.result import Result, green, red, yellow
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.estate.ledger import Ledger, ledger_of
from influx_pipelines.estate.tokens.record import TokenRecord
from influx_pipelines.estate.tokens.store import TokenStore
from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.models import Authorization, TokenRights

OPERATOR = "Set INFLUXDB_BACKUP_TOKEN to an operator token: `influxd recovery auth` makes one."
AGAIN = "`influx-pipelines token rotate {name}` makes another one and publishes it."


def backup_token(subject: Subject) -> Iterator[Result]:
    """Native backups need an operator token; there is no read-only one."""
    found = subject.answering
    if found is None or found.rights is None:
        return
    given, kind = subject.settings.backup_token, subject.settings.backup_kind
    rights = found.rights
    if given is not None:
        with subject.client(given.get_secret_value()) as client:
            rights = client.token_rights()
    native = found.capabilities is not None and not found.capabilities.embedded
    yield judge_backup(rights, given=given is not None, kind=kind, native=native)


def judge_backup(rights: TokenRights, *, given: bool, kind: str, native: bool) -> Result:
    """Judge the token of backups; `native` is whether the server has native backups at all."""
    name, who = "backup token", "INFLUXDB_BACKUP_TOKEN" if given else "INFLUXDB_TOKEN"
    if not rights.active:
        return red(name, f"{who} is refused or inactive.", OPERATOR)
    if kind == "native" and not native:
        mend = "Set INFLUX_PIPELINES_BACKUP_KIND to auto or logical."
        return red(name, "The embedded server has no native backups.", mend)
    if rights.kind == "operator" or kind == "logical" or not native:
        return green(name, f"{who} is good for {'native' if native else 'logical'} backups")
    text = f"{who} is no operator token: native backups are refused."
    if kind == "native":
        return red(name, text, OPERATOR)
    return yellow(name, text.replace("refused", "refused, logical ones are taken"), OPERATOR)


def made_tokens(subject: Subject) -> Iterator[Result]:
    """Each token that the estate made: still there, active, and its secret where it was put."""
    if subject.answering is None:
        return
    with subject.client() as client:
        try:
            ledger, listed = ledger_of(subject.settings, client), client.tokens()
        except InfluxError:
            return
        if listed:
            yield from judge_made(ledger, ledger.tokens, listed)


def judge_made(
    ledger: Ledger, records: Mapping[str, TokenRecord], listed: Sequence[Authorization]
) -> Iterator[Result]:
    """Judge what was recorded against what the server lists."""
    there = {token.id: token for token in listed}
    store = TokenStore.beside(ledger)
    for name, record in records.items():
        if not record.id:
            continue
        title, mend = f"token {name}", AGAIN.format(name=name)
        if record.id not in there:
            yield red(title, "Somebody deleted it on the server.", mend)
        elif there[record.id].status != "active":
            yield red(title, "It is inactive.", "Activate it in the server's web page.")
        elif not store.holds(name, record.store):
            yield red(title, f"{store.path(name)} with its secret is gone.", mend)
        else:
            yield green(title, "active, and its secret was published")
