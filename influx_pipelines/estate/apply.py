"""Do what a plan says, object by object; one that fails does not stop the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from influx_pipelines.estate.changes import Change, counted
from influx_pipelines.estate.kinds import BY_NAME, NAMES
from influx_pipelines.estate.kinds.kind import Doing
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.plan import NOTHING, Plan
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError

AT_ONCE = 8
PAST = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
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

    @property
    def left_out(self) -> tuple[Result, ...]:
        """The changes that were not allowed, or needed another one."""
        return tuple(result for result in self.results if result.state == "skipped")

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
    secret_command: str = "",
    token_command: str = "",
) -> Applied:
    """Do the changes, at most eight at once, kind after kind; what is to be deleted goes last.

    Args:
        plan: what to do.
        client: the server.
        ledger: where we remember what we made and the server has no marker for.
        create_only: leave everything that exists as it is.
        allow_data_loss: fingerprint of the plan whose losses are wanted; any other is refused.
        secret_command: the command that prints the value of a secret.
        token_command: the command that takes the secret of a new token; files when it is empty.

    Raises:
        EstateError: something that a change needs is not there; nothing was sent.
    """
    doing = Doing(client, ledger, secret_command, token_command)
    needed = "" if allow_data_loss == plan.fingerprint else plan.fingerprint
    if needed and allow_data_loss:
        needed += f": the plan is another one than {allow_data_loss}"
    judged = [(change, _refusal(change, create_only, needed)) for change in plan.changes]
    skipped = [Result(change, "skipped", reason) for change, reason in judged if reason]
    todo = [change for change, reason in judged if not reason]
    for one in skipped:
        doing.leave(one.change)
    for name in dict.fromkeys(change.kind for change in todo):
        BY_NAME[name].prepare([change for change in todo if change.kind == name], doing)
    return Applied((*skipped, *_in_waves(todo, doing)))


def _refusal(change: Change, create_only: bool, fingerprint: str) -> str:
    """Why a change is not allowed; `fingerprint` is that which would allow its loss."""
    if create_only and change.action != "create":
        return "only creating is allowed here"
    if change.loses_data and fingerprint:
        return f"it would lose {change.loses_data}; allow it with {fingerprint}"
    return ""


def _one(change: Change, doing: Doing) -> Result:
    kind = BY_NAME[change.kind]
    blocking = doing.undone if kind.needs_as_planned else doing.missing
    for needed in kind.needs(change):
        if needed in blocking:
            state = "changed" if kind.needs_as_planned else "made"
            reason = f"it needs the {' '.join(needed)}, which was not {state}"
            return Result(change, "skipped", reason)
    try:
        kind.do(change, doing)
    except InfluxError as error:
        return Result(change, "failed", str(error), error)
    return Result(change, "done")


def _in_waves(changes: Iterable[Change], doing: Doing) -> list[Result]:
    """What others need comes first, and is deleted last; within a wave several at once."""
    waves: dict[tuple[bool, int], list[Change]] = {}
    for change in changes:
        place, deletes = NAMES.index(change.kind), change.action == "delete"
        waves.setdefault((deletes, -place if deletes else place), []).append(change)
    results: list[Result] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for key in sorted(waves):
            done = list(pool.map(lambda change: _one(change, doing), waves[key]))
            for result in done:
                if result.state != "done":
                    doing.leave(result.change)
            results += done
    return results
