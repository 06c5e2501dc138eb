"""The measurements of a machine, in the names and types of Telegraf.

Source of the names: its plugins cpu, mem, swap, disk, diskio, system, processes, kernel and net,
which the host checks, pages and dashboards of the replaced systems read.
"""

from __future__ import annotations

from influx_pipelines.influx.measurement import Field, Measurement, Tag


def _usage(description: str) -> Field:
    return Field(float, "%", f"Time {description}.")


def _bytes(description: str) -> Field:
    return Field(int, "byte", description)


def _count(description: str) -> Field:
    return Field(int, "", description)


class HostMeasurement(Measurement, precision="s"):
    """What every measurement of a machine has."""

    host = Tag("Name of the machine.")


class Cpu(HostMeasurement, name="cpu"):
    """Load of the processors since the sample before."""

    cpu = Tag("`cpu-total`, or one processor as `cpu0`.")
    usage_user = _usage("in programs")
    usage_system = _usage("in the kernel")
    usage_idle = _usage("with nothing to do")
    usage_nice = _usage("in programs of low priority")
    usage_iowait = _usage("waiting for disks")
    usage_irq = _usage("in interrupts")
    usage_softirq = _usage("in the later part of interrupts")
    usage_steal = _usage("taken by other virtual machines")
    usage_guest = _usage("in virtual machines")
    usage_guest_nice = _usage("in virtual machines of low priority")


class Mem(HostMeasurement, name="mem"):
    """Memory."""

    total = _bytes("All of it.")
    available = _bytes("Could be had without swapping.")
    used = _bytes("In use, without caches.")
    free = _bytes("In no use at all.")
    active = _bytes("Used recently.")
    buffered = _bytes("Buffers of block devices.")
    cached = _bytes("Cache of files.")
    used_percent = Field(float, "%", "Used, of all.")
    available_percent = Field(float, "%", "Available, of all.")


class Swap(HostMeasurement, name="swap"):
    """Swap space."""

    total = _bytes("All of it.")
    used = _bytes("In use.")
    free = _bytes("Not in use.")
    swapped_in = Field(int, "byte", "Read back since the start.", name="in")
    swapped_out = Field(int, "byte", "Written since the start.", name="out")
    used_percent = Field(float, "%", "Used, of all.")


class Disk(HostMeasurement, name="disk"):
    """Space of a file system."""

    device = Tag("Device, without /dev/.")
    fstype = Tag("Kind of the file system.")
    path = Tag("Where it is mounted.")
    total = _bytes("All of it.")
    used = _bytes("In use.")
    free = _bytes("Left for ordinary users.")
    used_percent = Field(float, "%", "Used, of what ordinary users can have.")


class DiskIo(HostMeasurement, name="diskio"):
    """Traffic of a block device since the start."""

    device = Tag("The device.", name="name")
    reads = _count("Finished reads.")
    writes = _count("Finished writes.")
    read_bytes = _bytes("Read.")
    write_bytes = _bytes("Written.")
    read_time = Field(int, "ms", "Spent reading.")
    write_time = Field(int, "ms", "Spent writing.")


class System(HostMeasurement, name="system"):
    """Load and uptime."""

    load1 = Field(float, "", "Processes that run or wait, mean of a minute.")
    load5 = Field(float, "", "The same, of five minutes.")
    load15 = Field(float, "", "The same, of fifteen minutes.")
    n_cpus = _count("Processors.")
    n_users = _count("Sessions of users.")
    uptime = Field(int, "s", "Since the start.")
    uptime_format = Field(str, "", "The same for people.")


class Processes(HostMeasurement, name="processes"):
    """Processes by state."""

    running = _count("Running.")
    sleeping = _count("Waiting for something.")
    idle = _count("Idle threads of the kernel.")
    stopped = _count("Stopped or traced.")
    zombies = _count("Ended, not yet collected.")
    dead = _count("About to vanish.")
    unknown = _count("Of any other state.")
    total = _count("All.")


class Kernel(HostMeasurement, name="kernel"):
    """What the kernel did since the start."""

    interrupts = _count("Interrupts.")
    context_switches = _count("Changes from one process to another.")
    processes_forked = _count("New processes; Linux alone tells.")


class Net(HostMeasurement, name="net"):
    """Traffic of a network interface since the start."""

    interface = Tag("The interface.")
    bytes_sent = _bytes("Sent.")
    bytes_recv = _bytes("Received.")
    packets_sent = _count("Packets sent.")
    packets_recv = _count("Packets received.")
    err_in = _count("Errors of receiving.")
    err_out = _count("Errors of sending.")
    drop_in = _count("Received packets that were dropped.")
    drop_out = _count("Packets that were dropped instead of sent.")


MEASUREMENTS: dict[str, type[Measurement]] = {
    measurement.name: measurement
    for measurement in (Cpu, Mem, Swap, Disk, DiskIo, System, Processes, Kernel, Net)
}
