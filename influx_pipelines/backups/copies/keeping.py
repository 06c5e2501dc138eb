"""The copies follow the backups: what is missing is sent, what the policy does not keep goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from influx_pipelines.backups.alone import alone_with_copies
from influx_pipelines.backups.copies.encryption import Recipient, parse_recipients
from influx_pipelines.backups.copies.found import Copy, find_copies, find_unfinished
from influx_pipelines.backups.copies.journal import clear_journals
from influx_pipelines.backups.copies.remote import Remote
from influx_pipelines.backups.copies.send import make_unfinished, refuse_own_folder, send
from influx_pipelines.backups.errors import CopyRefused
from influx_pipelines.backups.progress import Progress, silent
from influx_pipelines.backups.prune import candidate
from influx_pipelines.backups.retention import Candidate, Decision, Policy, decide
from influx_pipelines.backups.sets import BackupSet, sets_below
from influx_pipelines.leases import Lease


@dataclass(frozen=True)
class Kept:
    """What was done at the place of the copies, or would be.

    Attributes:
        shown: its address without secrets.
        sent: names of backups that are copied, the newest first.
        decision: on the copies, with those just sent.
        unfinished: names of copies that broke off, of backups that are here no more.
        done: whether it was done; not in a dry run.
    """

    shown: str
    sent: tuple[str, ...]
    decision: Decision
    unfinished: tuple[str, ...]
    done: bool


def keep_copies(
    folder: Path,
    url: str,
    recipients: str,
    policy: Policy,
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Progress = silent,
) -> Kept:
    """Send what the policy keeps and is missing, then remove what it does not keep.

    A copy from before there were keys is made again, encrypted, where the backup is still here; one
    that is encrypted is never made again without.

    Args:
        folder: of the backups.
        url: of the folder of the copies, which is theirs alone; one for each server.
        recipients: public keys of age, separated by commas; "" leaves the copies unencrypted.
        policy: that of the backups.
        now: with its zone.
        dry_run: say what would be done, and do nothing.
        progress: is told of each file.

    Raises:
        CopyRefused: an address or a key is not right, and nothing was sent; or a backup is not as
            it was verified, and nothing was removed.
        CopyFailed: the other side does not answer; the same again goes on.
        BackupBusy: backups of this folder are being copied or removed.
    """
    keys = parse_recipients(recipients)
    remote = Remote(url)
    refuse_own_folder(folder, remote)
    with alone_with_copies(folder, "copying") as held:
        here, there = sets_below(folder), find_copies(remote)
        missing, decision = _choose(here, there, policy, now, encrypted=bool(keys))
        names = {one.name for one in here}
        broken = tuple(name for name in find_unfinished(remote) if name not in names)
        if dry_run:
            sent = tuple(one.name for one in missing)
            return Kept(remote.shown, sent, decision, broken, done=False)
        _send_all(missing, remote, keys, held, progress)
        for name in (*broken, *decision.remove):
            held.check()
            remove_copy(remote, name)
        clear_journals(folder, {one.name for one in here})
    return Kept(remote.shown, tuple(one.name for one in missing), decision, broken, done=True)


def _send_all(
    missing: Sequence[BackupSet],
    remote: Remote,
    keys: Sequence[Recipient],
    held: Lease,
    progress: Progress,
) -> None:
    """Send them all; one that cannot be sent keeps back none but itself.

    Raises:
        CopyRefused: one is not as it was verified; nothing may be removed, as it was counted on.
    """
    refused = []
    for one in missing:
        held.check()
        try:
            send(one, remote, keys, progress)
        except CopyRefused as error:
            refused.append(str(error))
    if refused:
        raise CopyRefused(" ".join(dict.fromkeys(refused)))


def remove_copy(remote: Remote, name: str) -> None:
    """Remove a copy; what is left when that breaks off is not taken for one."""
    make_unfinished(remote, name)
    remote.delete(name)


def _choose(
    here: Sequence[BackupSet],
    there: Sequence[Copy],
    policy: Policy,
    now: datetime,
    *,
    encrypted: bool,
) -> tuple[list[BackupSet], Decision]:
    """What is to be sent, the newest first, and what is kept of the copies once it is there."""
    whole = {
        copy.name
        for copy in there
        if copy.good and copy.record is not None and copy.record.encrypted >= encrypted
    }
    candidates = {copy.name: copy.candidate for copy in there}
    could = {one.name: one for one in here if one.name not in whole and _is_good(one)}
    candidates |= {name: Candidate(name, one.started, "good") for name, one in could.items()}
    decision = decide(candidates.values(), policy, now)
    missing = [could[name] for name in decision.keep if name in could]
    existing = {copy.name for copy in there}
    gone = tuple(name for name in decision.remove if name in existing)
    return missing, Decision(decision.keep, gone)


def _is_good(backup: BackupSet) -> bool:
    return candidate(backup).state == "good"
