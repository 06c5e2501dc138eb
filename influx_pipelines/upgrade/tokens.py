"""Whose text is held where: compared with what the server shows, as long as it shows it."""

from __future__ import annotations

from collections.abc import Mapping

from influx_pipelines.estate.kinds.token import name_of
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.tokens.report import reach_of
from influx_pipelines.estate.tokens.store import TokenStore
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Authorization
from influx_pipelines.settings import Settings, variable_of
from influx_pipelines.upgrade.facts import TokenFact


def holdings(client: Influx, ledger: Ledger, settings: Settings) -> dict[str, str]:
    """The texts that are held here, and where."""
    held = {client.transport.token: variable_of("token")}
    if settings.backup_token is not None:
        held[settings.backup_token.get_secret_value()] = variable_of("backup_token")
    store = TokenStore.beside(ledger)
    for name in ledger.tokens:
        if store.path(name).is_file():
            held[store.path(name).read_text()] = f"the file tokens/…/{name}"
    return held


def look_at_tokens(
    client: Influx, ledger: Ledger, held: Mapping[str, str]
) -> tuple[TokenFact, ...] | None:
    """All tokens that ours may see; None when it sees none, not even itself."""
    found = client.request("GET", "/api/v2/authorizations")["authorizations"]
    return tuple(_fact(raw.pop("token", ""), raw, ledger, held) for raw in found) or None


def _fact(
    text: str, raw: Mapping[str, object], ledger: Ledger, held: Mapping[str, str]
) -> TokenFact:
    """`text` is the token's own, and goes no further than this."""
    token = Authorization.model_validate(raw)
    records = ledger.tokens
    name = name_of(token, records) or ""
    where = held.get(text, "") if text else ""
    record = records.get(name)
    if record is not None and record.id == token.id and not where:
        if record.store == "command":
            where = "the command that it was given to"
        elif not text and TokenStore.beside(ledger).holds(name, record.store):
            where = f"the file tokens/…/{name}"
    return TokenFact(token.id, name or token.description, reach_of(token), bool(text), where)
