"""What Alembic runs: the revisions, over the connection of `Database`."""

from alembic import context

from influx_pipelines.alerts.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
)
context.run_migrations()
