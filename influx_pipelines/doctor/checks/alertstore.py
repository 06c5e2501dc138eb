"""The database of the alerts: there, and its tables those that this program knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from influx_pipelines.doctor.result import Result, green, red, yellow
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.settings import Settings, SettingsError, variable_of

MIGRATE = "`influx-pipelines alerts list` brings the tables up to date, and changes nothing else."
CONNECT_SECONDS = 3


def alert_store(subject: Subject) -> Iterator[Result]:
    """The revision of its tables; a database that is not there is not made."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield _look(subject.settings)
    except SettingsError as error:
        yield red("alert store", str(error), f"Set {variable_of('alerts_url')} again.")
    except DBAPIError as error:  # only the driver's words: the address may hold a password
        text = f"The database of the alerts does not answer: {str(error.orig).splitlines()[0]}"
        yield red("alert store", text, f"Start it, or set {variable_of('alerts_url')} again.")


def _look(settings: Settings) -> Result:
    from influx_pipelines.alerts.database import Database

    url = settings.alerts_url
    if url is None and not (settings.home / "alerts.db").exists():
        return yellow("alert store", "Not made yet.", "`make up` or any run of alerts/* makes it.")
    database = Database(_hasty(url.get_secret_value())) if url else Database.of(settings)
    file = database.url.database or ""
    if database.url.get_backend_name() == "sqlite" and not Path(file).exists():
        return red("alert store", f"There is no file {file}.", MIGRATE)
    try:
        return judge(database.revision(), *database.known_revisions())
    finally:
        database.close()


def judge(found: str | None, *known: str) -> Result:
    """Judge the revision of the tables by those that are known, the newest first."""
    newest = known[0]
    if found == newest:
        return green("alert store", f"its tables are at {found}")
    if found is None:
        return red("alert store", "It has no tables.", MIGRATE)
    if found in known:
        return red("alert store", f"Its tables are at {found}, older than {newest}.", MIGRATE)
    text = f"Its tables are at {found}, which this version does not know; it knows {newest}."
    return red("alert store", text, "Use the newer version of this project that made them.")


def _hasty(url: str) -> str:
    """The URL with a short time to connect, where the driver has one."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        made = make_url(url)
    except (ArgumentError, ValueError):
        return url  # which is told by those who open it
    if made.get_backend_name() in ("postgresql", "postgres"):
        made = made.update_query_dict({"connect_timeout": str(CONNECT_SECONDS)})
    return made.render_as_string(hide_password=False)
