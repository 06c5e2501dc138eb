"""The database of the alerts: SQLite by default, PostgreSQL by URL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from influx_pipelines.settings import Settings, SettingsError, variable_of

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 30
# Any number; whoever migrates a PostgreSQL holds it.
MIGRATION_LOCK = 7_164_928_301


class Database:
    """One database; an instance is shared by threads, and made anew by each process.

    Raises:
        SettingsError: the URL is unusable, or its driver is not installed.
    """

    def __init__(self, url: str) -> None:
        self.url = _complete(url)
        # SQLite has one writer: threads queue here, since its own lock is polled, and unfair.
        self._turn = Lock() if self.url.get_backend_name() == "sqlite" else nullcontext()

    @classmethod
    def of(cls, settings: Settings) -> Database:
        """The database that the settings name; by default a file below the home folder."""
        if settings.alerts_url is not None:
            return cls(settings.alerts_url.get_secret_value())
        home = settings.home.absolute()
        home.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite:///{home / 'alerts.db'}")

    @cached_property
    def engine(self) -> Engine:
        """The connections, opened when first used."""
        if self.url.get_backend_name() != "sqlite":
            return create_engine(self.url, pool_pre_ping=True)
        engine = create_engine(self.url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that writes: committed at the end of the block, or rolled back."""
        with self._turn, Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads; on SQLite it waits for no writer."""
        engine = self.engine.execution_options(reading=True)
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to a revision; several processes may do it at once."""
        with self.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            command.upgrade(_config(connection), revision)

    def downgrade(self, revision: str) -> None:
        """Take the tables back to an older revision; `base` drops them all."""
        with self.engine.begin() as connection:
            command.downgrade(_config(connection), revision)

    def revision(self) -> str | None:
        """The revision of the tables, None before the first migration."""
        with self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    @staticmethod
    def known_revisions() -> list[str]:
        """The revisions that this program knows, the newest first."""
        return [one.revision for one in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]

    def is_current(self) -> bool:
        """Whether the tables are those that this program knows."""
        return self.revision() == ScriptDirectory(str(MIGRATIONS)).get_current_head()

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()


def _complete(url: str) -> URL:
    """The URL with the driver that we bring: a bare `postgresql://` means psycopg 3."""
    variable = variable_of("alerts_url")
    try:
        made = make_url(url)
        if made.drivername in ("postgresql", "postgres"):
            made = made.set(drivername="postgresql+psycopg")
        made.get_dialect().import_dbapi()
    except (ArgumentError, ValueError):
        raise SettingsError(
            f"{variable}: not a URL of a database, such as sqlite:////var/lib/alerts.db "
            "or postgresql://user@host/alerts"
        ) from None
    except ImportError:
        raise SettingsError(
            f"{variable}: the driver of PostgreSQL is missing; install influx-pipelines[postgres]"
        ) from None
    if made.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(f"{variable}: must begin with sqlite:// or postgresql://")
    return made


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """WAL lets readers and one writer be at work together.

    After a power cut the last commits may be missing, not so after a crash of the process; the
    read-back from InfluxDB brings them again.
    """
    connection.isolation_level = None  # transactions are begun by `_begin_sqlite`
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: one that read first would fail instead of waiting."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
