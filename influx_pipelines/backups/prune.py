"""Retention is done: backups that the policy does not keep go, and what killed processes left."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from influx_pipelines.backups.alone import alone, alone_with_copies, alone_with_restores
from influx_pipelines.backups.errors import BackupError
from influx_pipelines.backups.files import PARTIAL
from influx_pipelines.backups.progress import Progress, Step, silent
from influx_pipelines.backups.retention import Candidate, Decision, Policy, State, decide
from influx_pipelines.backups.sets import OUR_PARTIAL, STAMP, BackupSet, sets_below
from influx_pipelines.settings import Settings

REMOVED = f".removed{PARTIAL}"
ABANDONED = timedelta(days=1)  # by then nobody goes on with a backup that was killed


@dataclass(frozen=True)
class Pruned:
    """What retention did, or would do.

    Attributes:
        decision: on the finished backups.
        abandoned: names of folders that killed processes left behind.
        done: whether they are gone; not after a dry run.
    """

    decision: Decision
    abandoned: tuple[str, ...]
    done: bool


def candidate(backup: BackupSet) -> Candidate:
    """What retention has to know about a backup, by the report that is kept beside it."""
    report = backup.verification
    state: State = "unverified"
    if report is not None:
        state = "good" if report.good else "bad"
    return Candidate(backup.name, backup.started, state, backup.full)


def policy_of(settings: Settings) -> Policy:
    """The policy that the settings say; a day begins where the nightly backup is told its time."""
    return Policy(
        settings.backup_keep_daily,
        settings.backup_keep_weekly,
        settings.backup_keep_monthly,
        ZoneInfo(settings.backup_zone),
    )


def plan(folder: Path, policy: Policy, now: datetime) -> Pruned:
    """What retention would do just now; nothing is changed."""
    decision = decide(map(candidate, sets_below(folder)), policy, now)
    return Pruned(decision, abandoned(folder, now), done=False)


def prune(folder: Path, policy: Policy, now: datetime, progress: Progress = silent) -> Pruned:
    """Do what `plan` says, the oldest first.

    A backup gets a name that nobody takes for a backup before the first of its files goes. Files
    that others link stay with those.

    Raises:
        BackupBusy: somebody makes, restores or copies a backup of this folder.
        BackupError: something could not be removed; the rest was.
    """
    with (
        alone(folder, "retention") as held,
        alone_with_copies(folder, "retention"),
        alone_with_restores(folder, "retention"),
    ):
        planned = plan(folder, policy, now)
        gone = [*planned.abandoned, *planned.decision.remove]
        failed = []
        for done, name in enumerate(gone, 1):
            held.check()
            try:
                _remove(folder / name)
            except OSError as error:
                failed.append(f"{error.filename or folder / name}: {error.strerror}")
            progress(Step(f"removed {name}", done, len(gone)))
    if failed:
        raise BackupError(f"Could not be removed, for retention: {'; '.join(failed)}.")
    return Pruned(planned.decision, planned.abandoned, done=True)


def remove_abandoned(folder: Path, now: datetime) -> tuple[str, ...]:
    """Remove what `abandoned` names, without a look at any finished backup; returns the names.

    Raises:
        BackupBusy: somebody makes, restores or copies a backup of this folder.
        OSError: something could not be removed.
    """
    if not abandoned(folder, now):
        return ()
    with alone(folder, "housekeeping") as held, alone_with_copies(folder, "housekeeping"):
        names = abandoned(folder, now)
        for name in names:
            held.check()
            _remove(folder / name)
    return names


def remove_killed(folder: Path, but: Path | None = None) -> None:
    """Remove what killed backups left, however young; be alone in the folder.

    Args:
        folder: of the backups; of what is in it only what has a name of ours goes.
        but: one that is gone on with.

    Raises:
        BackupError: one could not be removed.
    """
    for left in sorted(folder.glob(f"backup-*{PARTIAL}")):
        if left == but or not OUR_PARTIAL.fullmatch(left.name):
            continue
        try:
            _remove(left)
        except OSError as error:
            raise BackupError(
                f"{left} was left by a backup that was killed, and cannot be removed: "
                f"{error.strerror}. Remove it."
            ) from None


def _remove(folder: Path) -> None:
    going = folder
    if not folder.name.endswith(REMOVED):
        going = folder.rename(folder.with_name(folder.name.removesuffix(PARTIAL) + REMOVED))
    if going.is_symlink():
        going.unlink()
    else:
        shutil.rmtree(going)


def abandoned(folder: Path, now: datetime) -> tuple[str, ...]:
    """Folders that nobody works on while nobody else is at work here, and nobody goes on with."""
    names = sorted(path.name for path in folder.glob(f"*{PARTIAL}"))
    return tuple(name for name in names if name.endswith(REMOVED) or _is_old(name, now))


def _is_old(name: str, now: datetime) -> bool:
    ours = OUR_PARTIAL.fullmatch(name)
    try:
        began = datetime.strptime(ours[1], STAMP).replace(tzinfo=UTC) if ours else now
    except ValueError:  # no date, so no name of ours
        return False
    return now - began > ABANDONED
