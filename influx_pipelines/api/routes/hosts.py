"""Metrics of hosts, each page by one query."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import BaseModel, ConfigDict, Field

from influx_pipelines.api import hostmetrics
from influx_pipelines.api.hostmetrics import Results, by_tag, points, values
from influx_pipelines.api.problems import documented
from influx_pipelines.api.services import Services, Used

router = APIRouter(prefix="/influxdb/metrics", tags=["hosts"], responses=documented(404, 502))
SEEN_HOURS = 24 * 30
Data = TypeVar("Data", bound=BaseModel)


class Hosts(BaseModel):
    """Hosts that sent metrics within thirty days."""

    success: bool = True
    message: str = "Hosts received"
    hosts: list[str]


class Point(BaseModel):
    """The end of a window, and the fields that were measured in it."""

    model_config = {"extra": "allow"}
    __pydantic_extra__: dict[str, float]

    time: datetime


class Answer(BaseModel, Generic[Data]):
    """One page about a host."""

    success: bool = True
    message: str = "Metrics received"
    data: Data


class Summary(BaseModel):
    """Newest values (bytes, seconds, percent), and the load."""

    uptime: int | None
    n_cpus: int | None
    n_users: int | None
    mem_total: int | None
    processes_total: int | None
    usage_idle: float | None
    swap_free: int | None
    load: list[Point]


class Series(BaseModel):
    """Means, or changes a second, in windows."""

    series: list[Point]


class Memory(BaseModel):
    """Bytes in windows."""

    memory: list[Point]
    swap: list[Point]


class Disks(BaseModel):
    """Bytes of all file systems, percent by path, bytes a second by device, inodes by path."""

    total: int
    used_percent: dict[str, list[Point]]
    io: dict[str, list[Point]]
    inodes: dict[str, dict[str, int]]


class Processes(BaseModel):
    """Numbers by state: means in windows, and the newest."""

    series: list[Point]
    last: dict[str, int]


class Network(BaseModel):
    """Bytes a second and counted errors by interface."""

    interfaces: dict[str, list[Point]]
    errors: dict[str, dict[str, int]]
    tcp_established: int | None


class Asked(BaseModel):
    """Which host, and how far back."""

    model_config = ConfigDict(extra="forbid")  # a filter that is written wrong is told

    host: str = Field(min_length=1, max_length=253, examples=["web-1"])
    range_h: int = Field(
        1, ge=1, le=720, description="Hours; the windows grow from a minute to twelve hours."
    )


class Asking:
    """Asks for one page; 404 when the host measured nothing of it."""

    def __init__(self, asked: Annotated[Asked, Query()], used: Used) -> None:
        self.asked = asked
        self.used: Services = used

    def __call__(self, script: str) -> Results:
        """The results by name."""
        host, hours = self.asked.host, self.asked.range_h
        bucket = self.used.settings.host_bucket
        found = hostmetrics.ask(self.used.influx, script, bucket, host, hours)
        if not any(found.values()):
            raise HTTPException(404, f"no such metrics of the host {host!r} in {hours} h")
        return found


Ask = Annotated[Asking, Depends()]


def _points(rows: list[dict[str, Any]]) -> list[Point]:
    return [Point(**point) for point in points(rows)]


@router.get("/hosts")
def hosts(used: Used) -> Hosts:
    """The names of the hosts."""
    return Hosts(hosts=hostmetrics.hosts(used.influx, used.settings.host_bucket, SEEN_HOURS))


@router.get("/summary")
def summary(ask: Ask) -> Answer[Summary]:
    """The newest of everything."""
    found = ask(hostmetrics.SUMMARY)
    system = values(found["system"])
    newest = Summary(
        uptime=system.get("uptime"),
        n_cpus=system.get("n_cpus"),
        n_users=system.get("n_users"),
        mem_total=values(found["mem"]).get("total"),
        processes_total=values(found["processes"]).get("total"),
        usage_idle=values(found["cpu"]).get("usage_idle"),
        swap_free=values(found["swap"]).get("free"),
        load=_points(found["load"]),
    )
    return Answer(data=newest)


@router.get("/cpu")
def cpu(ask: Ask) -> Answer[Series]:
    """Percent of all processors together."""
    return Answer(data=Series(series=_points(ask(hostmetrics.CPU)["series"])))


@router.get("/memory")
def memory(ask: Ask) -> Answer[Memory]:
    """Memory and swap space."""
    found = ask(hostmetrics.MEMORY)
    return Answer(data=Memory(memory=_points(found["memory"]), swap=_points(found["swap"])))


@router.get("/kernel")
def kernel(ask: Ask) -> Answer[Series]:
    """Interrupts and new processes a second."""
    return Answer(data=Series(series=_points(ask(hostmetrics.KERNEL)["series"])))


@router.get("/disks")
def disks(ask: Ask) -> Answer[Disks]:
    """Room and traffic of disks."""
    found = ask(hostmetrics.DISKS)
    data = Disks(
        total=sum(row["_value"] for row in found["total"]),
        used_percent={path: _points(rows) for path, rows in by_tag(found["used"], "path").items()},
        io={name: _points(rows) for name, rows in by_tag(found["io"], "name").items()},
        inodes={path: values(rows) for path, rows in by_tag(found["inodes"], "path").items()},
    )
    return Answer(data=data)


@router.get("/processes")
def processes(ask: Ask) -> Answer[Processes]:
    """Processes by state."""
    found = ask(hostmetrics.PROCESSES)
    return Answer(data=Processes(series=_points(found["series"]), last=values(found["last"])))


@router.get("/network")
def network(ask: Ask) -> Answer[Network]:
    """Traffic and errors by interface."""
    found = ask(hostmetrics.NETWORK)
    per_interface = by_tag(found["bytes"], "interface")
    errors = by_tag(found["errors"], "interface")
    data = Network(
        interfaces={name: _points(rows) for name, rows in per_interface.items()},
        errors={name: values(rows) for name, rows in errors.items()},
        tcp_established=values(found["tcp"]).get("tcp_established"),
    )
    return Answer(data=data)
