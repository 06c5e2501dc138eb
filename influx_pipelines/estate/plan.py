"""The difference between what is declared and what is there; pure, it changes nothing."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from influx_pipelines.estate.changes import Change, Finding, counted
from influx_pipelines.estate.kinds import KINDS, NAMES
from influx_pipelines.estate.kinds.kind import Look
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.observed import Observed
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.estate.references import label_problems

NOTHING = "nothing to change"


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in the order in which they are done, and findings."""

    changes: tuple[Change, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def conflicts(self) -> tuple[Finding, ...]:
        """What the estate wants and somebody else's object stands in the way of."""
        return tuple(finding for finding in self.findings if finding.state == "conflict")

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What the server said that it would refuse, when it was asked."""
        return tuple(finding for finding in self.findings if finding.state == "refused")

    @property
    def fingerprint(self) -> str:
        """A short name of exactly these changes; it is what an allowed loss refers to."""
        changes = [{**asdict(change), "place": ""} for change in self.changes]
        text = json.dumps(changes, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def losses(self) -> tuple[str, ...]:
        """What the changes would lose."""
        return tuple(change.loses_data for change in self.changes if change.loses_data)

    def only(self, names: Collection[str]) -> Plan:
        """What is planned for objects of these names."""
        changes = tuple(change for change in self.changes if change.name in names)
        return Plan(changes, tuple(f for f in self.findings if f.name in names))

    def rows(self) -> list[dict[str, str]]:
        """Changes and findings as rows: kind, name, action, what, loses."""
        return [c.row() for c in self.changes] + [f.row() for f in self.findings]

    def summary(self) -> str:
        """One line."""
        counts = Counter((change.action, change.kind) for change in self.changes)
        parts = [f"{counted(n, kind)} to {action}" for (action, kind), n in counts.items()]
        text = ", ".join(parts) or NOTHING
        if self.conflicts:
            text += f"; {len(self.conflicts)} in conflict"
        if self.refused:
            text += f"; {len(self.refused)} that the server would refuse"
        return text

    def to_json(self) -> dict[str, Any]:
        """The plan for programs."""
        return {
            "summary": self.summary(),
            "fingerprint": self.fingerprint,
            "changes": [asdict(change) for change in self.changes],
            "findings": [asdict(finding) for finding in self.findings],
        }


def plan(
    declared: Estate,
    observed: Observed,
    ledger: Ledger,
    *,
    kinds: Sequence[str] = NAMES,
    prune: bool = False,
    now: float | None = None,
) -> Plan:
    """What an apply would do.

    Args:
        declared: the estate's files.
        observed: one look at the server, at these kinds at least.
        ledger: what we made where the server has no room for a marker.
        kinds: the kinds to plan.
        prune: plan to delete what is ours and not declared any more.
        now: seconds since the epoch, by the clock when it is not given; tokens get old.

    Raises:
        EstateError: naming the places of labels that are neither declared nor on the server.
    """
    known = (*declared.of("labels"), *(one.name for one in observed.others.get("label", ())))
    if problems := label_problems((w for w in declared.labels if w.by.kind in kinds), known):
        raise EstateError(problems)
    look = Look(declared, observed, ledger, kinds, prune, time.time() if now is None else now)
    steps = [step for kind in KINDS if kind.name in kinds for step in kind.steps(look)]
    changes = [step for step in steps if isinstance(step, Change)]
    changes.sort(key=lambda change: (NAMES.index(change.kind), change.action == "delete"))
    findings = tuple(step for step in steps if isinstance(step, Finding))
    return Plan(tuple(changes), findings)
