"""The declared monitoring checks brought to the server by name, and those that are no more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from influx_pipelines.estate.apply import Applied, apply
from influx_pipelines.estate.exclusive import exclusively
from influx_pipelines.estate.ledger import Ledger, ledger_of
from influx_pipelines.estate.load import load
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.observe import observe
from influx_pipelines.estate.plan import Plan, plan
from influx_pipelines.influx.client import Influx
from influx_pipelines.settings import Settings

KINDS = ("monitoring_check",)
STATES = {"create": "missing", "update": "differs", "adopt": "differs", "delete": "undeclared"}


class NoSuchCheck(LookupError):
    """No check of ours has that name."""


class StillDeclared(ValueError):
    """A check that stands in a file would come again."""


@dataclass(frozen=True, slots=True)
class PlannedChecks:
    """The declaration, the plan of all checks, and what an apply needs."""

    declared: Estate
    plan: Plan
    client: Influx
    ledger: Ledger

    @property
    def checks(self) -> Mapping[str, Any]:
        """The declared ones, by name."""
        return self.declared.of("monitoring_checks")

    def states(self) -> dict[str, str]:
        """How each differs from what is there; a check that does not is left out."""
        states = {c.name: STATES.get(c.action, c.action) for c in self.plan.changes}
        return states | {found.name: found.state for found in self.plan.conflicts}

    def going(self, names: Collection[str]) -> Plan:
        """The part of the plan that deletes checks of ours that no file declares any more.

        Raises:
            StillDeclared: naming the place of one that a file declares.
            NoSuchCheck: there is none of that name that is ours.
        """
        chosen = self.plan.only(names)
        going = {change.name for change in chosen.changes if change.action == "delete"}
        for name in names:
            if place := self.declared.place("monitoring_checks", name):
                text = f"{name!r} is declared in {place}; take it out there, or it comes again"
                raise StillDeclared(text)
            if name not in going:
                raise NoSuchCheck(f"there is no check of ours named {name!r}")
        return chosen

    def apply(self, chosen: Plan, *, allow_loss: bool = False) -> Applied:
        """Do a part of the plan."""
        allowed = chosen.fingerprint if allow_loss else None
        return apply(chosen, self.client, self.ledger, allow_data_loss=allowed)


@contextmanager
def planned_checks(
    settings: Settings, client: Influx, wait: float | None = None
) -> Iterator[PlannedChecks]:
    """Look and plan; nobody else applies meanwhile.

    Raises:
        EstateError: the files are wrong.
        ApplyBusy: another apply took longer than `wait` seconds.
        InfluxError: the server could not be looked at.
    """
    declared = load(settings.estate)
    with exclusively(settings.home, wait):
        ledger = ledger_of(settings, client)
        planned = plan(declared, observe(client, KINDS), ledger, kinds=KINDS, prune=True)
        yield PlannedChecks(declared, planned, client, ledger)
