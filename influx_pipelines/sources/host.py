"""Metrics of this machine by psutil: rows of the measurements in `hostmetrics`."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from influx_pipelines.sources.hostmetrics import Cpu, Processes

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """The rows of one moment by measurement; `failed` says what could not be read, and why."""

    host: str
    time: datetime
    rows: dict[str, list[Row]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    @property
    def points(self) -> int:
        """The number of rows."""
        return sum(len(rows) for rows in self.rows.values())


class HostSampler:
    """Takes samples; the load of the processors is that since the sample before."""

    def __init__(self, host: str | None = None) -> None:
        self.host = host or socket.gethostname()
        list(_cpu())  # psutil measures from here on

    def sample(self, *, interval: float = 0.0) -> Sample:
        """One sample; a measurement that this machine does not have is left out.

        Args:
            interval: seconds to watch the processors first, for a sampler that was just made.
        """
        if interval:
            time.sleep(interval)
        sample = Sample(self.host, datetime.now(UTC).replace(microsecond=0))
        for name, read in _READERS.items():
            try:
                rows = [dict(row) for row in read()]
            except (OSError, NotImplementedError, AttributeError, psutil.Error) as error:
                sample.failed[name] = f"{type(error).__name__}: {error}"
                continue
            sample.rows[name] = [{"host": self.host, "time": sample.time, **row} for row in rows]
        return sample


def _cpu() -> Iterable[Row]:
    every = psutil.cpu_times_percent(percpu=True)
    named = [("cpu-total", psutil.cpu_times_percent())]
    named += [(f"cpu{number}", times) for number, times in enumerate(every)]
    for name, times in named:
        usage = {
            name: float(getattr(times, name.removeprefix("usage_"), 0.0)) for name in Cpu.fields
        }
        yield {"cpu": name, **usage}


def _mem() -> Iterable[Row]:
    found = psutil.virtual_memory()
    yield {
        "total": found.total,
        "available": found.available,
        "used": found.used,
        "free": found.free,
        "active": getattr(found, "active", None),
        "buffered": getattr(found, "buffers", None),
        "cached": getattr(found, "cached", None),
        "used_percent": 100.0 * found.used / found.total,
        "available_percent": 100.0 * found.available / found.total,
    }


def _swap() -> Iterable[Row]:
    found = psutil.swap_memory()
    yield {
        "total": found.total,
        "used": found.used,
        "free": found.free,
        "in": found.sin,
        "out": found.sout,
        "used_percent": float(found.percent),
    }


def _disk() -> Iterable[Row]:
    partitions = {part.mountpoint: part for part in psutil.disk_partitions(all=False)}
    root = partitions.get("/")
    seen = dict.fromkeys([*partitions, "/"])
    for path in seen:
        part = partitions.get(path, root)
        try:
            usage = psutil.disk_usage(path)
        except OSError:
            continue  # a medium that was taken out
        yield {
            "device": part.device.removeprefix("/dev/") if part else "rootfs",
            "fstype": part.fstype if part else "unknown",
            "path": path,
            "total": usage.total,
            "used": usage.used,
            "free": usage.free,
            "used_percent": float(usage.percent),
        }


def _diskio() -> Iterable[Row]:
    for name, found in (psutil.disk_io_counters(perdisk=True) or {}).items():
        yield {
            "name": name,
            "reads": found.read_count,
            "writes": found.write_count,
            "read_bytes": found.read_bytes,
            "write_bytes": found.write_bytes,
            "read_time": found.read_time,
            "write_time": found.write_time,
        }


def _system() -> Iterable[Row]:
    one, five, fifteen = psutil.getloadavg()
    up = int(time.time() - psutil.boot_time())
    yield {
        "load1": one,
        "load5": five,
        "load15": fifteen,
        "n_cpus": psutil.cpu_count() or 1,
        "n_users": len(psutil.users()),
        "uptime": up,
        "uptime_format": str(timedelta(seconds=up)),
    }


def _processes() -> Iterable[Row]:
    names = {"zombie": "zombies", "disk-sleep": "sleeping", "tracing-stop": "stopped"}
    states: Counter[str] = Counter()
    for process in psutil.process_iter(["status"]):
        status = process.info["status"] or "unknown"
        name = names.get(status, status)
        states[name if name in Processes.fields else "unknown"] += 1
    yield {**{name: states[name] for name in Processes.fields}, "total": sum(states.values())}


def _kernel() -> Iterable[Row]:
    found = psutil.cpu_stats()
    yield {
        "interrupts": found.interrupts,
        "context_switches": found.ctx_switches,
        "processes_forked": _forked(Path("/proc/stat")),
    }


def _forked(stat: Path) -> int | None:
    """How many processes were made since the start, which psutil does not tell."""
    if not stat.exists():
        return None
    lines = (line.split() for line in stat.read_text().splitlines())
    return next((int(words[1]) for words in lines if words[0] == "processes"), None)


def _net() -> Iterable[Row]:
    for interface, found in psutil.net_io_counters(pernic=True).items():
        yield {
            "interface": interface,
            "bytes_sent": found.bytes_sent,
            "bytes_recv": found.bytes_recv,
            "packets_sent": found.packets_sent,
            "packets_recv": found.packets_recv,
            "err_in": found.errin,
            "err_out": found.errout,
            "drop_in": found.dropin,
            "drop_out": found.dropout,
        }


_READERS: dict[str, Callable[[], Iterable[Row]]] = {
    "cpu": _cpu,
    "mem": _mem,
    "swap": _swap,
    "disk": _disk,
    "diskio": _diskio,
    "system": _system,
    "processes": _processes,
    "kernel": _kernel,
    "net": _net,
}
