"""Tokens become hashes: 2.8 does so when it is told to, 2.9 unless it is told not to."""

from __future__ import annotations

from collections.abc import Iterator

from influx_pipelines.upgrade.facts import Facts, TokenFact
from influx_pipelines.upgrade.finding import Finding
from influx_pipelines.upgrade.words import some

KEEP = (
    "Before that read each of them (`influx auth list`; the web page hides them) "
    "and keep it where its user finds it. In the place of a lost one comes another token."
)
OPERATOR = "Make one (`influxd recovery auth`), keep it elsewhere, set INFLUXDB_BACKUP_TOKEN."


def tokens(facts: Facts) -> Iterator[Finding]:
    """Whose texts will be lost when the server hashes them."""
    if facts.tokens is None:
        text = "2.9 hashes all tokens and shows none again; ours may not list them."
        yield Finding("unknown", "2.9", "tokens", text, "Use an operator token for this report.")
        return
    shown = [one for one in facts.tokens if one.shown]
    lost = [_name(one) for one in shown if not one.held]
    start = "first start" if facts.version < (2, 9, 0) else "next start with hashing on"
    change = f"2.9 hashes all tokens at its {start} and shows none again."
    if lost:
        text = f"{change} Of {len(lost)} of {len(facts.tokens)} nobody here holds the text: "
        yield Finding("do", "2.9", "tokens", f"{text}{some(lost)}.", KEEP)
    elif shown:
        text = f"{change} The texts of all {len(shown)} are held here."
        yield Finding("know", "2.9", "tokens", text)
    yield from _hashed([one for one in facts.tokens if not one.shown])


def _hashed(tokens: list[TokenFact]) -> Iterator[Finding]:
    if not tokens:
        return
    held = [_name(one) for one in tokens if one.held]
    text = f"{len(tokens)} tokens are stored as hashes, and work as before. Here are the texts of "
    text += f"{some(held) or 'none of them'}, and of what is set in the settings; whether anybody "
    text += "holds the others the server cannot tell."
    mend = "Whoever lost one needs another; a declared one: `influx-pipelines token rotate NAME`."
    yield Finding("know", "2.9", "tokens", text, mend)


def operator_token(facts: Facts) -> Iterator[Finding]:
    """Without an operator token there is no full restore of hashed tokens."""
    if facts.operator_held:
        text = "An operator token is set here; a full restore of a backup of 2.9 needs its text."
        mend = "Keep it outside of this machine, too."
        yield Finding("know", "2.9", "operator token", text, mend)
    else:
        text = "No token that is set here is an operator token. A backup of 2.9 holds hashes "
        text += "alone: its full restore needs the text of the operator token of then."
        yield Finding("do", "2.9", "operator token", text, OPERATOR)


def _name(token: TokenFact) -> str:
    return token.name or token.id
