"""Dagster resources: thin typed faces of the packages below."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

from influx_pipelines.backups.errors import BackupError
from influx_pipelines.estate.backfill import BackfillError
from influx_pipelines.estate.exclusive import ApplyBusy, exclusively
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import digest, load
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.influx.lineprotocol import UnwritableError
from influx_pipelines.server.connection import Connection, known_connection
from influx_pipelines.settings import Settings, SettingsError, load_settings
from influx_pipelines.sources.errors import SourceError
from influx_pipelines.transfer.errors import TransferError

if TYPE_CHECKING:
    from influxdb_client import InfluxDBClient

    from influx_pipelines.alerts.database import Database

__all__ = ["AlertStoreResource", "EstateResource", "InfluxDBResource"]


class InfluxDBResource(dg.ConfigurableResource):
    """An InfluxDB v2 server.

    In another project give address, token (as `dg.EnvVar`) and organisation: nothing but this is
    read then. Left as it is, the server and all options come from the settings of this project at
    the moment of execution: `INFLUXDB_URL` and its companions, or the server that `make up` and
    `make run` started.
    """

    url: str = Field(default="", description="Address; empty: from the settings.")
    token: str = Field(default="", repr=False, description="API token, as an EnvVar.")
    org: str = Field(default="", description="Name of the organisation.")
    timeout: float = Field(default=30.0, gt=0, description="Seconds to wait for an answer.")
    retry_seconds: float = Field(
        default=10.0, ge=0, description="Seconds to go on trying after 429, 5xx and lost answers."
    )
    verify_ssl: bool = Field(default=True, description="Check the TLS certificate.")
    ssl_ca_cert: str = Field(default="", description="File of a private certificate authority.")

    def connection(self) -> Connection:
        """Address, organisation and token.

        Raises:
            dagster.Failure: no server is known, or the token or the organisation is missing beside
                the address; it is not retried.
        """
        if not self.url:
            with failures_explained():
                return known_connection(load_settings())
        for name in ("token", "org"):
            if not getattr(self, name):
                text = f"InfluxDBResource: `{name}` is empty beside `url`. Give all three."
                raise dg.Failure(text, allow_retries=False)
        return Connection(self.url.rstrip("/"), self.org, "given", self.token)

    @contextmanager
    def client(self) -> Iterator[Influx]:
        """A client for the length of the block.

        Raises:
            dagster.Failure: instead of an `InfluxError` of the block; retried only when a second
                try can help.
        """
        with self._opened(self.connection()) as client:
            yield client

    @contextmanager
    def operator(self) -> Iterator[Influx]:
        """As `client`, with the token for backups where the settings of this project name one."""
        connection = self.connection()
        if not self.url:
            connection = connection.for_backups(load_settings())
        with self._opened(connection) as client:
            yield client

    @contextmanager
    def official(self) -> Iterator[InfluxDBClient]:
        """The official client for the length of the block, with its own errors and retries."""
        with self.client() as client:
            yield client.official

    @contextmanager
    def _opened(self, connection: Connection) -> Iterator[Influx]:
        with failures_explained(), self._client(connection) as client:
            yield client

    def _client(self, connection: Connection) -> Influx:
        if not self.url:
            return connection.client(load_settings())
        return Influx(
            connection.url,
            connection.token,
            connection.org,
            read_timeout=self.timeout,
            retry_seconds=self.retry_seconds,
            verify_ssl=self.verify_ssl,
            ssl_ca_cert=self.ssl_ca_cert or None,
        )


class EstateResource(dg.ConfigurableResource):
    """The declared estate and the ledger of what this project made."""

    folder: str = Field(default="", description="Folder of the declaration; empty: from settings.")

    def settings(self) -> Settings:
        """The settings, with a failure that names what is wrong with them."""
        with failures_explained():
            return load_settings()

    def path(self) -> Path:
        """The folder of the declaration."""
        return Path(self.folder) if self.folder else self.settings().estate

    def load(self) -> Estate:
        """The declaration.

        Raises:
            dagster.Failure: naming every problem with file and line.
        """
        with failures_explained():
            return load(self.path())

    def digest(self) -> str:
        """A hash of the files of the declaration."""
        return digest(self.path())

    @contextmanager
    def exclusively(self) -> Iterator[None]:
        """Nobody else applies during the block.

        Raises:
            dagster.Failure: another apply took too long; or instead of an error of the estate.
        """
        with failures_explained(), exclusively(self.settings().home):
            yield

    def ledger(self, influx: Influx) -> Ledger:
        """What this project made on that server where the server itself cannot tell."""
        return Ledger.open(self.settings().home / "ledger.json", influx.url, influx.org_id)


class AlertStoreResource(dg.ConfigurableResource):
    """The database of the alerts; its tables are brought up to date when it is opened."""

    url: str = Field(default="", repr=False, description="Address, as an EnvVar; empty: settings.")

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The database for the length of the block.

        Raises:
            dagster.Failure: instead of an error of the database in the block; it is retried.
        """
        from sqlalchemy.exc import DBAPIError

        from influx_pipelines.alerts.database import Database

        with failures_explained():
            database = Database(self.url) if self.url else Database.of(load_settings())
            try:
                if not database.is_current():
                    database.migrate()
                yield database
            except DBAPIError as error:
                # Only the driver's words: the statement and its values are nobody's business.
                text = f"The database of the alerts failed: {error.orig}".strip()
                raise dg.Failure(text, allow_retries=True) from None
            finally:
                database.close()


@contextmanager
def failures_explained() -> Iterator[None]:
    """Turn our errors into a Dagster failure with one sentence and the right answer to retrying."""
    try:
        yield
    except (InfluxError, SourceError, BackupError) as error:
        raise dg.Failure(str(error), allow_retries=error.retryable) from error
    except ApplyBusy as error:
        raise dg.Failure(str(error), allow_retries=True) from None
    except (SettingsError, EstateError, TransferError, BackfillError, UnwritableError) as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except (dg.DagsterExecutionInterruptedError, KeyboardInterrupt):
        # Dagster retries a step that was interrupted as it does any other with a retry policy: a
        # cancelled run would begin again.
        raise dg.Failure("Cancelled.", allow_retries=False) from None
    except OSError as error:  # a full disk, a folder that belongs to somebody else
        text = f"{error.filename or 'a file'}: {error.strerror or error}"
        raise dg.Failure(text, allow_retries=False) from None
