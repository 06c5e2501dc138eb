"""A lease: one process at a time works on a folder, of all machines that share it.

Each taking makes a file of its own, `<name>.<number>`, exclusively and with the next number: of any
who try at once one makes it. The highest number holds the lease until its file is renamed to
`<name>.<number>.free`. Numbers are never used again, so whoever took too long to look cannot take
what another one has taken since, and a holder that was given up sees a higher number than its own.

A holder is given up when its process has ended, where that can be seen; on another machine when it
gave no sign of life for as long as it promised. That time is waited through by the clock of the one
who waits: no two clocks are compared, and setting one does no harm.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from influx_pipelines.holders import Holder

TTL = timedelta(seconds=60)
_FREE = ".free"
_SIGNS = 4  # signs of life in the time that is promised


class LeaseBusy(Exception):
    """Another process holds the lease."""


class LeaseLost(Exception):
    """The lease was taken by another process: whatever is not done yet must not be done."""


@contextmanager
def lease(
    path: Path, *, what: str, ttl: timedelta = TTL, wait: timedelta = timedelta()
) -> Iterator[Lease]:
    """Hold a lease for the block; a thread gives signs of life meanwhile.

    Whether a holder on another machine still lives takes up to its promised time to tell.

    Args:
        path: name of the lease in its folder, which is made when it is missing.
        what: what is done meanwhile, for the message that others get.
        ttl: promised time between signs of life; machines that share the folder must be able to
            see a change of a file in much less.
        wait: how long to wait for a holder that lives.

    Raises:
        LeaseBusy: another process holds it, and still does after `wait`.
        LeaseLost: at the end of the block: it was lost meanwhile.
        OSError: the folder cannot be read or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    held = Lease(path, _take(path, Holder.here(what, ttl), wait), ttl)
    stop = threading.Event()
    signs = threading.Thread(target=held._live, args=(stop,), name=f"lease {path}", daemon=True)
    signs.start()
    try:
        yield held
        held.check()
    finally:
        stop.set()
        signs.join()
        held._release()


class Lease:
    """A lease that is held, until somebody else takes it."""

    def __init__(self, path: Path, number: int, ttl: timedelta) -> None:
        self.path, self.number, self.ttl = path, number, ttl
        self._lost = threading.Event()
        self._seen = time.monotonic()

    def check(self) -> None:
        """Make sure that the lease is still held; to be asked before each step that counts.

        Raises:
            LeaseLost: another process took it, or it could not be seen for its promised time.
        """
        with suppress(OSError):
            newest = _newest(self.path)
            self._seen = time.monotonic()
            if newest is None or newest.number != self.number:
                self._lost.set()
        if time.monotonic() - self._seen > self.ttl.total_seconds():
            self._lost.set()
        if self._lost.is_set():
            raise LeaseLost(
                f"The lease {self.path} is lost: this process gave no sign of life for "
                f"{self.ttl.total_seconds():.0f} s, or its file was removed. Nothing more was "
                "done; start again."
            )

    def _live(self, stop: threading.Event) -> None:
        while not stop.wait(self.ttl.total_seconds() / _SIGNS):
            with suppress(OSError):
                os.utime(self._file)
            try:
                self.check()
            except LeaseLost:
                return

    def _release(self) -> None:
        # A file that was removed is nobody's; one that cannot be renamed is over with its process.
        with suppress(OSError):
            self._file.rename(self._file.with_name(self._file.name + _FREE))

    @property
    def _file(self) -> Path:
        return _file(self.path, self.number)


@dataclass(frozen=True)
class _Claim:
    """A file of a lease as it is just now.

    Attributes:
        free: whether its holder gave it back.
        holder: None for a file that names none yet.
        stamp: changes with each sign of life.
    """

    number: int
    free: bool
    holder: Holder | None
    stamp: int

    def is_over(self, silent: float) -> bool:
        """Whether nobody holds it, when it did not change for so many seconds."""
        if self.free:
            return True
        if self.holder is None:
            return silent >= TTL.total_seconds()
        return not self.holder.runs if self.holder.is_near else silent >= self.holder.seconds


def _take(path: Path, me: Holder, wait: timedelta) -> int:
    """The number under which the lease is held from now on."""
    first = seen = _newest(path)
    start = since = time.monotonic()
    while True:
        now = time.monotonic()
        if seen is None or seen.is_over(now - since):
            number = seen.number + 1 if seen else 1
            if _claim(path, number, me):
                return number
        elif now - start >= wait.total_seconds() and (seen != first or _is_near(seen)):
            raise LeaseBusy(f"{seen.holder or 'Another process'} holds {path}.")
        else:
            time.sleep(min(0.5, me.seconds / _SIGNS / 2))
        newest = _newest(path)
        if newest != seen:
            seen, since = newest, time.monotonic()


def _is_near(claim: _Claim) -> bool:
    return claim.holder is not None and claim.holder.is_near


def _claim(path: Path, number: int, me: Holder) -> bool:
    """Whether this process made the file of that number, and it is the highest."""
    file = _file(path, number)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(me.dump())
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:  # a full disk, which tells no name
        file.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(file)) from None
    # A folder that changes while it is listed may hide a file, so that the number was too low.
    others = [(kept, name) for kept, name in _files(path) if kept != number]
    if any(kept > number for kept, _ in others):
        file.unlink(missing_ok=True)
        return False
    for _, name in others:
        path.with_name(name).unlink(missing_ok=True)
    return True


def _newest(path: Path) -> _Claim | None:
    """The claim with the highest number; None when there was never one."""
    while files := _files(path):
        number, name = max(files)
        try:
            with path.with_name(name).open("rb") as file:
                stamp = os.fstat(file.fileno()).st_mtime_ns
                holder = Holder.parse(file.read(10_000))
        except FileNotFoundError:
            time.sleep(0.01)  # renamed or removed since it was listed
            continue
        return _Claim(number, name.endswith(_FREE), holder, stamp)
    return None


def _files(path: Path) -> list[tuple[int, str]]:
    """Numbers and names of the files of a lease."""
    pattern = re.compile(re.escape(path.name) + rf"\.(\d+)(?:{re.escape(_FREE)})?")
    names = (file.name for file in path.parent.iterdir())
    return [(int(m[1]), m[0]) for m in map(pattern.fullmatch, names) if m]


def _file(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")
