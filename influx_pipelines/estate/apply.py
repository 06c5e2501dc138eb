"""Do what a plan says, object by object; one that fails does not stop the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from influx_pipelines.estate.changes import Change, counted
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.ownership import LABEL
from influx_pipelines.estate.plan import NOTHING, Plan
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Conflict, InfluxError

AT_ONCE = 8
PAST = {
    "create": "created",
    "update": "updated",
    "replace": "moved",
    "adopt": "adopted",
    "delete": "deleted",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a change; `error` is the reason unless it is done."""

    change: Change
    state: Literal["done", "skipped", "failed"]
    error: str = ""
    cause: InfluxError | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a plan."""

    results: tuple[Result, ...] = ()

    @property
    def failed(self) -> tuple[Result, ...]:
        """The changes that the server refused."""
        return tuple(result for result in self.results if result.state == "failed")

    def summary(self) -> str:
        """One line."""
        counts = Counter(
            (PAST[r.change.action] if r.state == "done" else r.state, r.change.kind)
            for r in self.results
        )
        return ", ".join(f"{counted(n, kind)} {w}" for (w, kind), n in counts.items()) or NOTHING


def apply(
    plan: Plan,
    client: Influx,
    ledger: Ledger,
    *,
    create_only: bool = False,
    allow_data_loss: str | None = None,
) -> Applied:
    """Do the changes, at most eight at once; what is to be deleted goes last.

    Args:
        plan: what to do.
        client: the server.
        ledger: where mappings that are made are remembered.
        create_only: leave everything that exists as it is.
        allow_data_loss: fingerprint of the plan whose losses are wanted; any other is refused.
    """
    doing = _Doing(client, ledger)
    allowed = allow_data_loss == plan.fingerprint

    def one(change: Change) -> Result:
        if create_only and change.action != "create":
            return Result(change, "skipped", "only creating is allowed here")
        if change.loses_data and not allowed:
            reason = f"it would lose {change.loses_data}; allow it with {plan.fingerprint}"
            return Result(change, "skipped", reason)
        try:
            doing.do(change)
        except InfluxError as error:
            return Result(change, "failed", str(error), error)
        return Result(change, "done")

    return Applied(tuple(_in_order(plan.changes, one)))


def _in_order(changes: Iterable[Change], one: Callable[[Change], Result]) -> list[Result]:
    """Buckets before mappings, deleting last; within a group several at once."""
    groups: dict[tuple[bool, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.action == "delete", change.kind), []).append(change)
    results: list[Result] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for key in sorted(groups):
            results += pool.map(one, groups[key])
    return results


class _Doing:
    """The calls behind each action."""

    def __init__(self, client: Influx, ledger: Ledger) -> None:
        self.client = client
        self.ledger = ledger
        _ = client.org_id  # looked up once, not by eight threads

    def do(self, change: Change) -> None:
        """Do one change.

        Raises:
            InfluxError: the server refused it.
        """
        actions: dict[tuple[str, str], Callable[[Change], None]] = {
            ("bucket", "create"): self.create_bucket,
            ("bucket", "update"): self.update_bucket,
            ("bucket", "adopt"): self.adopt_bucket,
            ("bucket", "delete"): self.delete_bucket,
            ("dbrp_mapping", "create"): self.create_mapping,
            ("dbrp_mapping", "replace"): self.replace_mapping,
            ("dbrp_mapping", "delete"): self.delete_mapping,
        }
        actions[change.kind, change.action](change)

    @cached_property
    def label_id(self) -> str:
        """The label that tells people whose a bucket is; the marker is what counts."""
        for label in self.client.labels():
            if label.name == LABEL:
                return label.id
        text = {
            "description": "Made by influx_pipelines from its estate files.",
            "color": "#6c5ce7",
        }
        return self.client.create_label(LABEL, text).id

    def _label(self, bucket_id: str) -> None:
        try:
            self.client.add_label("buckets", bucket_id, self.label_id)
        except Conflict:
            return  # it has it already

    def create_bucket(self, change: Change) -> None:
        """With its marker in the same request."""
        after = change.after
        made = self.client.create_bucket(
            change.name,
            retention_seconds=after["retention_seconds"],
            description=after["description"],
            shard_group_seconds=after.get("shard_group_seconds"),
        )
        self._label(made.id)

    def update_bucket(self, change: Change) -> None:
        """Only what differs."""
        after = change.after
        retention, shard = after.get("retention_seconds"), after.get("shard_group_seconds")
        if retention is None and shard is not None:
            retention = self.client.bucket(change.id).retention_seconds
        elif retention and shard is None:
            shard = self._fitting_shard(change.id, retention)
        self.client.update_bucket(
            change.id,
            description=after.get("description"),
            retention_seconds=retention,
            shard_group_seconds=shard,
        )

    def _fitting_shard(self, bucket_id: str, retention: int) -> int | None:
        """A PATCH keeps the shard group, and is refused when that outlives the retention."""
        present = self.client.bucket(bucket_id).shard_group_seconds
        return 3_600 if present > retention else None

    def adopt_bucket(self, change: Change) -> None:
        """From now on it is ours."""
        self.update_bucket(change)
        self._label(change.id)

    def delete_bucket(self, change: Change) -> None:
        """With all its points."""
        self.client.delete_bucket(self.client.bucket(change.id))

    def create_mapping(self, change: Change) -> None:
        """Remembered in the ledger at once."""
        after = change.after
        made = self.client.create_dbrp(
            after["bucket_id"], after["database"], after["policy"], default=after["default"]
        )
        self.ledger.add_mapping(made.id)

    def replace_mapping(self, change: Change) -> None:
        """The new one first, so that v1 queries never meet a gap."""
        there = {(m.database, m.retention_policy) for m in self.client.dbrps() if not m.virtual}
        if (change.after["database"], change.after["policy"]) not in there:
            self.create_mapping(change)
        self.delete_mapping(change)

    def delete_mapping(self, change: Change) -> None:
        """And forgotten in the ledger."""
        found = next((m for m in self.client.dbrps() if m.id == change.id), None)
        if found is not None:
            self.client.delete_dbrp(found)
        self.ledger.remove_mapping(change.id)
