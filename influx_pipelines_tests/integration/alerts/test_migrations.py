"""The tables of the alerts, on SQLite and on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.models import Base
from influx_pipelines.settings import Settings, SettingsError


def _differences(database: Database) -> list:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Base.metadata)


def test_the_migrations_make_what_the_models_say(alerts_database: Database) -> None:
    assert alerts_database.is_current()
    assert _differences(alerts_database) == []


def test_every_migration_can_be_taken_back(alerts_database: Database) -> None:
    alerts_database.downgrade("base")
    assert inspect(alerts_database.engine).get_table_names() == ["alembic_version"]
    assert not alerts_database.is_current()
    alerts_database.migrate()
    assert _differences(alerts_database) == []


def test_many_may_migrate_at_once(alerts_url: str) -> None:
    Database(alerts_url).downgrade("base")
    databases = [Database(alerts_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Database.migrate, databases))
    assert all(database.is_current() for database in databases)
    for database in databases:
        database.close()


def test_the_default_is_a_file_below_the_home_folder(tmp_path) -> None:
    database = Database.of(Settings(home=tmp_path / "new", _env_file=None))
    database.migrate()
    assert (tmp_path / "new" / "alerts.db").exists()
    database.close()


@pytest.mark.parametrize(
    "url",
    ["alerts.db", "mysql://root@localhost/alerts", "sqlite3:///x", "postgresql://host:port/x"],
)
def test_an_unusable_url_is_told_by_the_name_of_its_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="INFLUX_PIPELINES_ALERTS_URL"):
        Database(url)
