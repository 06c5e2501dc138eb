"""Our token: known, active; and the organisation that it sees."""

from __future__ import annotations

from collections.abc import Iterator

from influx_pipelines.doctor.result import Result, green, red, yellow
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.influx.models import TokenRights
from influx_pipelines.settings import SettingsError

NEW = "Make a token in the server's web page under Load Data > API Tokens, set INFLUXDB_TOKEN."
ACTIVATE = "Activate the token (and its user) again, or set another one in INFLUXDB_TOKEN."
ORG = "Set INFLUXDB_ORG to the name of the organization, or use a token of that organization."
ONE_FOR_ALL = (
    "INFLUXDB_TOKEN is an operator token: whoever reads it may do everything in every organization."
)


def token(subject: Subject) -> Iterator[Result]:
    """What kind of token it is, as far as a server tells."""
    try:
        found, connection = subject.server, subject.connection()
    except SettingsError:
        return
    if found.rights is None:
        return
    yield judge(found.rights, ours=connection.ours)
    if found.org_trouble:
        yield red("organization", found.org_trouble, ORG)
    elif found.org_id:
        yield green("organization", connection.org)


def judge(rights: TokenRights, *, ours: bool) -> Result:
    """Judge a token by its rights; `ours` for one of a server that we started."""
    if not rights.active:
        if "inactive" in rights.note or "switched off" in rights.note:
            return red("token", "INFLUXDB_TOKEN or its user is inactive.", ACTIVATE)
        return red("token", f"INFLUXDB_TOKEN is refused. {rights.note}", NEW)
    if rights.kind == "operator" and not ours:
        mend = "Set an all-access token there, and the operator token in INFLUXDB_BACKUP_TOKEN."
        return yellow("token", ONE_FOR_ALL, mend)
    return green("token", f"active, {rights.kind}")
