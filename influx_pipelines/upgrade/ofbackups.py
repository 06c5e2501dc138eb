"""The ways back: an older server on the same data, and backups of older and newer servers."""

from __future__ import annotations

from collections.abc import Iterator

from influx_pipelines.upgrade.facts import Backup, Facts
from influx_pipelines.upgrade.finding import Finding
from influx_pipelines.upgrade.words import some

HASHES, CAN_HASH = (2, 9, 0), (2, 8, 0)
# Up to here the times of deleted shard groups were written wrongly into backups.
WRONG_DELETIONS = (2, 7, 10)


def downgrade(facts: Facts) -> Iterator[Finding]:
    """From 2.8 or 2.9 back to 2.7."""
    total = len(facts.tokens or ())
    hashed = sum(not one.shown for one in facts.tokens or ())
    if hashed and not facts.embedded:
        text = "The way back to 2.7 is `influxd downgrade`, which erases every hashed token: "
        text += f"{hashed} of {total}. Going back to 2.8 erases none."
        yield Finding("know", "2.8", "downgrade", text, "After it make the tokens anew.")
    elif facts.version < CAN_HASH:
        text = "2.8 and 2.9 change the metadata: the way back to 2.7 is `influxd downgrade`, which "
        text += f"erases every hashed token, so all {total or ''} after a first start of 2.9."
        mend = "Take a backup with this server and keep its program. As long as you may go back, "
        mend += "start 2.9 with --use-hashed-tokens=false."
        yield Finding("do", "2.8", "downgrade", text, mend)
    elif not facts.embedded:
        text = "No token is hashed yet: `influxd downgrade` to 2.7 would erase none."
        mend = "As long as you may go back, start 2.9 with --use-hashed-tokens=false."
        yield Finding("know", "2.8", "downgrade", text, mend)


def restore(facts: Facts) -> Iterator[Finding]:
    """What the backups that are there can still be restored to."""
    native = [one for one in facts.backups if one.native]
    yield from _missing(facts)
    yield from _of_new(native)
    yield from _of_old(native)
    if dark := [one.name for one in native if one.server is None]:
        text = f"Of {some(dark)} nobody wrote down which version of the server made it."
        mend = "Verify it, and restore it in a drill before the upgrade."
        yield Finding("unknown", "2.9", "restore", text, mend)
    if logical := len(facts.backups) - len(native):
        text = f"{logical} logical backups can be restored to any 2.x; they hold no token."
        yield Finding("none", "2.9", "restore", text)


def _missing(facts: Facts) -> Iterator[Finding]:
    if facts.backups or facts.embedded or facts.version >= (2, 9, 1):
        return
    text = "There is no finished backup here, and no way back without one."
    mend = "Take one with this server, verify it, and restore it in a drill before the upgrade."
    yield Finding("do", "2.9", "restore", text, mend)


def _of_new(native: list[Backup]) -> Iterator[Finding]:
    found = [one.name for one in native if one.server and one.server >= HASHES]
    if found:
        text = f"{len(found)} native backups of 2.9 ({some(found)}) are refused by 2.7. A full "
        text += "restore needs the operator token of then: `influx restore --full --operator-token`"
        mend = "Have the influx CLI 2.8 or newer, and that token, where you restore."
        yield Finding("know", "2.9", "restore", text, mend)


def _of_old(native: list[Backup]) -> Iterator[Finding]:
    old = [one for one in native if one.server and one.server < HASHES]
    if old:
        text = f"{len(old)} native backups of before 2.9 ({some([one.name for one in old])}) hold "
        text += "tokens in clear. A 2.9 restored from one shows them until its next start."
        mend = "After such a restore start the server once more; keep these files as secrets."
        yield Finding("know", "2.9", "restore", text, mend)
    wrong = [one.name for one in old if one.server and one.server <= WRONG_DELETIONS]
    if wrong:
        text = f"{some(wrong)} come from 2.7.10 or older, which may have written shard groups as "
        text += "deleted that are not: restored they have no shards."
        mend = "Take another one with 2.7.12 or newer, and keep the old ones until it is verified."
        yield Finding("do", "2.9", "restore", text, mend)
