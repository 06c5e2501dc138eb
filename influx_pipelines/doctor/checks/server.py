"""The server: known, reachable, an InfluxDB of a version that we know, well."""

from __future__ import annotations

from collections.abc import Iterator

from influx_pipelines.doctor.result import Result, green, red, yellow
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.influx.errors import NotInfluxDB
from influx_pipelines.influx.models import Capabilities, Health
from influx_pipelines.settings import SettingsError

ADDRESS = "Set INFLUXDB_URL to the address of an InfluxDB v2, as in http://localhost:8086."
SLOW = 1.0  # seconds


def server(subject: Subject) -> Iterator[Result]:
    """What it is and whether it is well; nothing that is asked here needs a token."""
    try:
        connection, found = subject.connection(), subject.server
    except SettingsError as error:
        yield _unknown(error, given=subject.settings.url is not None)
        return
    where = f"{connection.url} ({connection.kind})"
    if found.trouble is not None:
        yield _unusable(where, found.trouble, given=not connection.ours)
        return
    assert found.health is not None
    assert found.capabilities is not None
    yield judge(where, found.health, found.capabilities, found.seconds)
    yield green("capabilities", capabilities(found.capabilities))


def _unknown(error: SettingsError, *, given: bool) -> Result:
    if given:
        return red("server", str(error), "Set the variable that is missing beside INFLUXDB_URL.")
    return yellow("server", str(error), "Run `make up`, which starts one.")


def _unusable(where: str, trouble: Exception, *, given: bool) -> Result:
    if isinstance(trouble, NotInfluxDB):
        return red("server", str(trouble), ADDRESS)
    if given:
        mend = "Start the server, and see that nothing in between refuses. " + ADDRESS
        return red("server", str(trouble), mend)
    return yellow("server", f"{where} was started from here and is not running.", "Run `make up`.")


def judge(where: str, health: Health, known: Capabilities, seconds: float) -> Result:
    """Judge what a server says of itself."""
    text = f"InfluxDB {known.version_text} at {where}"
    if not (2, 1) <= known.version < (3, 0):
        return red("server", f"{text} is none that this project speaks to.", "Use InfluxDB 2.1–2.9")
    if health.status != "pass":
        return red("server", f"{text} is not well: {health.message}.", "Look into its log.")
    if seconds > SLOW:
        return yellow("server", f"{text} took {seconds:.1f} s to answer a ping.")
    return green("server", f"{text} answers in {seconds * 1000:.0f} ms")


def capabilities(known: Capabilities) -> str:
    """What the server can do, in words."""
    told = [
        "shows a token once, when it is made" if known.hashed_tokens else "lists tokens in clear",
        "no native backups" if known.embedded else "native backups with an operator token",
    ]
    return "; ".join(told)
