"""What the estate's files say of a restored bucket, applied to it: what a restore forgets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from influx_pipelines.estate.changes import Change
from influx_pipelines.estate.kinds import BY_NAME, DECLARED
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.observe import observe
from influx_pipelines.estate.plan import Plan, plan
from influx_pipelines.influx.client import Influx

KEYS = {kind.name: kind.key for kind in DECLARED}


def plan_again(declared: Estate, client: Influx, ledger: Ledger, buckets: Iterable[str]) -> Plan:
    """The part of the estate's plan that is about these buckets, without what loses anything.

    Their labels, mappings, the tokens with rights on them, the tasks and checks that name them.

    Raises:
        EstateError: a label is neither declared nor there.
        InfluxError: the server did not answer.
    """
    names = set(buckets)
    whole = plan(declared, observe(client), ledger)
    about = [one for one in whole.changes if _is_about(one, declared, names)]
    labels = {label for one in about for label in one.after.get("labels", ())}
    chosen = [
        one
        for one in whole.changes
        if not one.loses_data and (one in about or (one.kind == "label" and one.name in labels))
    ]
    return Plan(tuple(chosen), tuple(one for one in whole.findings if one.name in names))


def _is_about(change: Change, declared: Estate, buckets: set[str]) -> bool:
    if change.kind in ("bucket", "dbrp_mapping"):
        return change.name in buckets
    entry = declared.of(KEYS.get(change.kind, "")).get(change.name)
    return entry is not None and bool(_buckets_of(change, entry) & buckets)


def _buckets_of(change: Change, entry: Any) -> set[str]:
    """The buckets that a declared thing names."""
    kind: Any = BY_NAME[change.kind]
    named = {need.name for need in kind.references(entry) if need.kind == "bucket"}
    rights = change.after.get("permissions", ()) if change.kind == "token" else ()
    named |= {right.partition(" bucket ")[2] for right in rights}
    return named | set(getattr(entry, "buckets", ()))
