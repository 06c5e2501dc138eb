"""The DBRP part of the plan, bucket by bucket."""

from __future__ import annotations

from typing import Any

from influx_pipelines import estate
from influx_pipelines.estate.apply import PAST
from influx_pipelines.estate.changes import Change
from influx_pipelines.estate.kinds.mapping import MappingPlanner
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.plan import Plan
from influx_pipelines.flux.durations import policy_name
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Bucket

KINDS = ("dbrp_mapping",)


class MappingRun:
    """Maps buckets one after the other; what the plan says for each is done at once."""

    def __init__(
        self, client: Influx, declared: Estate, ledger: Ledger, create_only: bool = False
    ) -> None:
        self.client = client
        self.declared = declared
        self.ledger = ledger
        self.create_only = create_only
        self.observed = estate.observe(client, KINDS)
        self.planner = MappingPlanner(declared, self.observed, ledger.mappings)

    def map_bucket(self, bucket: Bucket) -> dict[str, Any]:
        """Bring the mapping of a bucket to what the estate says.

        Raises:
            InfluxError: the server refused it.
        """
        step = self.planner.step(bucket)
        named = {"database": bucket.name, "policy": policy_name(bucket.retention_seconds)}
        if step is None:
            return {"summary": "already right", **named}
        if not isinstance(step, Change):
            return {"summary": step.state, "found": step.text}
        applied = estate.apply(
            Plan((step,)), self.client, self.ledger, create_only=self.create_only
        )
        result = applied.results[0]
        if result.cause is not None:
            raise result.cause
        if result.state == "skipped":
            return {"summary": "skipped", "found": result.error}
        return {"summary": PAST[step.action], **named, "default": step.after["default"]}

    def pending(self) -> list[dict[str, str]]:
        """What is still to do for any bucket, after a new look at the server.

        Raises:
            InfluxError: the server did not answer.
        """
        observed = estate.observe(self.client, KINDS)
        planned = estate.plan(self.declared, observed, self.ledger, kinds=KINDS)
        return [c.row() for c in planned.changes] + [f.row() for f in planned.conflicts]
