"""A folder with a declaration, and a server to apply it to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from influx_pipelines import estate
from influx_pipelines.estate.apply import Applied
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.client import Influx

FILES = {
    "mine.flux": 'option task = {name: "mine", cron: "0 6 * * *"}\n\nbuckets() |> limit(n: 1)\n',
    "tasks/other.flux.j2": "option task = {{ task }}\n"
    "from(bucket: {{ bucket }}) |> range(start: -1h) |> limit(n: {{ last }})",
}


class World:
    """A folder with a declaration, and a server."""

    def __init__(self, client: Influx, folder: Path) -> None:
        self.client, self.folder = client, folder / "estate"
        for name, text in FILES.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)
        self.ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)

    def declare(self, text: str) -> None:
        (self.folder / "estate.yaml").write_text(text)

    def plan(self, *, prune: bool = False) -> Plan:
        observed = estate.observe(self.client)
        return estate.plan(load(self.folder), observed, self.ledger, prune=prune)

    def apply(self, planned: Plan | None = None, **options: Any) -> Applied:
        applied = estate.apply(planned or self.plan(), self.client, self.ledger, **options)
        assert not applied.failed, applied.failed
        return applied

    def raw(self, kind: ObjectKind[Any, Any]) -> list[dict[str, Any]]:
        """What the server tells, word for word."""
        path = kind.collection.path
        found = self.client.request("GET", path, params={"orgID": self.client.org_id})
        return list(found[kind.collection.key or kind.collection.name])

    def labels(self, kind: ObjectKind[Any, Any]) -> list[list[str]]:
        """The labels of each object."""
        return [sorted(label["name"] for label in one["labels"]) for one in self.raw(kind)]
