"""Who holds a lease: a process, told apart from every other one on this and on other machines.

A process number is used again, so the instant of its start, in ticks since the machine's, goes with
it; no clock that can be set is asked. Containers of one machine number their processes each for
itself, so their namespace is a part of the machine's name. Where the kernel tells none of this (it
is Linux that does), nobody is taken for a process of this machine.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

_ENDED = ("Z", "X")  # states of a process that only waits for its parent to notice


@dataclass(frozen=True)
class Holder:
    """A process that holds a lease, as the file of the lease names it.

    Attributes:
        what: what it does, for people.
        host: name of the machine, for people.
        since: when it took the lease, for people; by a clock that may be wrong.
        machine: where its process is seen; "" when not known.
        pid: number of the process there.
        started: ticks from the start of the machine to that of the process.
        seconds: so long without a sign of life, and the lease is over.
    """

    what: str
    host: str
    since: str
    machine: str
    pid: int
    started: str
    seconds: float

    @classmethod
    def here(cls, what: str, ttl: timedelta) -> Holder:
        """The process that asks."""
        since = datetime.now(UTC).isoformat(timespec="seconds")
        pid = os.getpid()
        seconds = ttl.total_seconds()
        return cls(what, socket.gethostname(), since, machine(), pid, start_of(pid), seconds)

    @classmethod
    def parse(cls, text: bytes) -> Holder | None:
        """The holder that a file names; None for a file that names none, such as a torn one."""
        try:
            kept = cls(**json.loads(text))
            return kept if isinstance(kept.pid, int) and float(kept.seconds) > 0 else None
        except (ValueError, TypeError):
            return None

    def dump(self) -> bytes:
        """What `parse` reads."""
        return json.dumps(asdict(self)).encode()

    @property
    def is_near(self) -> bool:
        """Whether its process can be seen from here."""
        return bool(self.machine) and self.machine == machine()

    @property
    def runs(self) -> bool:
        """Whether its process, one that is near, still runs."""
        return self.started != "" and start_of(self.pid) == self.started

    def __str__(self) -> str:
        return f"{self.what}, process {self.pid} on {self.host} since {self.since}"


def machine() -> str:
    """Where processes are seen from here, by start of the machine, namespace and user.

    The kernel may hide the processes of other users. "" where it tells nothing.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()} {os.getuid()}"
    except OSError:
        return ""


def start_of(pid: int) -> str:
    """Start of a process of this machine in ticks; "" for one that has ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ""
    # After the name, which may hold anything: state, and 18 fields on, field 22 of proc(5).
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in _ENDED else fields[19]
