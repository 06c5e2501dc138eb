"""The tables of the alert store."""

import sqlalchemy as sa
from alembic import op

revision = "r0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.BigInteger()  # microseconds since 1970


def upgrade() -> None:
    """Make them."""
    _check()
    _series()
    _silence()
    _watermark()
    _incident()
    _status()
    _tag()
    _notice()
    _delivery()


def downgrade() -> None:
    """Drop them, with their indexes."""
    for name in (
        "alert_delivery",
        "alert_notice",
        "alert_tag",
        "alert_status",
        "alert_incident",
        "alert_watermark",
        "alert_silence",
        "alert_series",
        "alert_check",
    ):
        op.drop_table(name)


def _check() -> None:
    op.create_table(
        "alert_check",
        sa.Column("organisation", sa.String(250), nullable=False),
        sa.Column("check_id", sa.String(64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=True),
        sa.Column("tag_names", sa.JSON(), nullable=True),
        sa.Column("float_fields", sa.JSON(), nullable=True),
        sa.Column("text_fields", sa.JSON(), nullable=True),
        sa.Column("ran_at", INSTANT, nullable=True),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation", "check_id", name="pk_alert_check"),
    )


def _series() -> None:
    op.create_table(
        "alert_series",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("organisation", sa.String(250), nullable=False),
        sa.Column("check_id", sa.String(64), nullable=False),
        sa.Column("series_key", sa.String(32), nullable=False),
        sa.Column("check_name", sa.Text(), nullable=False),
        sa.Column("check_type", sa.Text(), nullable=False),
        sa.Column("source_measurement", sa.Text(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("guessed", sa.Boolean(), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("newest_id", NUMBER, nullable=True),
        sa.Column("newest_time", sa.BigInteger(), nullable=False),
        sa.Column("newest_source", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_series"),
        sa.UniqueConstraint(
            "organisation",
            "check_id",
            "series_key",
            name="uq_alert_series_organisation_check_id_series_key",
        ),
    )
    op.create_index(
        "ix_alert_series_organisation_newest_time_newest_id",
        "alert_series",
        ["organisation", "newest_time", "newest_id"],
    )


def _silence() -> None:
    op.create_table(
        "alert_silence",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("matchers", sa.JSON(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alert_silence"),
    )
    op.create_index("ix_alert_silence_ends_at", "alert_silence", ["ends_at"])


def _watermark() -> None:
    op.create_table(
        "alert_watermark",
        sa.Column("organisation", sa.String(250), nullable=False),
        sa.Column("road", sa.String(16), nullable=False),
        sa.Column("read_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("organisation", "road", name="pk_alert_watermark"),
    )


def _incident() -> None:
    op.create_table(
        "alert_incident",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("series_id", NUMBER, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("peak_level", sa.String(8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("resolution", sa.String(16), nullable=False),
        sa.Column("statuses", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("next_repeat_at", INSTANT, nullable=True),
        sa.Column("acknowledged_at", INSTANT, nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"],
            ["alert_series.id"],
            name="fk_alert_incident_series_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_incident"),
    )
    op.create_index("ix_alert_incident_opened_at", "alert_incident", ["opened_at"])
    op.create_index(
        "ix_alert_incident_series_id_opened_at", "alert_incident", ["series_id", "opened_at"]
    )
    op.create_index(
        "ix_alert_incident_state_next_repeat_at", "alert_incident", ["state", "next_repeat_at"]
    )
    op.create_index(
        "uq_alert_incident_unresolved",
        "alert_incident",
        ["series_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'resolved'"),
        postgresql_where=sa.text("state <> 'resolved'"),
    )


def _status() -> None:
    op.create_table(
        "alert_status",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("series_id", NUMBER, nullable=False),
        sa.Column("check_id", sa.String(64), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("status_time", sa.BigInteger(), nullable=False),
        sa.Column("source_time", sa.BigInteger(), nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["alert_series.id"], name="fk_alert_status_series_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_status"),
        sa.UniqueConstraint(
            "series_id", "level", "status_time", name="uq_alert_status_series_id_level_status_time"
        ),
    )
    op.create_index(
        "ix_alert_status_check_id_level_status_time_id",
        "alert_status",
        ["check_id", "level", "status_time", "id"],
    )
    op.create_index(
        "ix_alert_status_level_status_time_id", "alert_status", ["level", "status_time", "id"]
    )
    op.create_index(
        "ix_alert_status_series_id_status_time_id",
        "alert_status",
        ["series_id", "status_time", "id"],
    )
    op.create_index("ix_alert_status_status_time_id", "alert_status", ["status_time", "id"])


def _tag() -> None:
    op.create_table(
        "alert_tag",
        sa.Column("series_id", NUMBER, nullable=False),
        sa.Column("name", sa.String(250), nullable=False),
        sa.Column("value", sa.String(250), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["alert_series.id"], name="fk_alert_tag_series_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", "name", name="pk_alert_tag"),
    )
    op.create_index(
        "ix_alert_tag_name_value_series_id", "alert_tag", ["name", "value", "series_id"]
    )


def _notice() -> None:
    op.create_table(
        "alert_notice",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("incident_id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["alert_incident.id"],
            name="fk_alert_notice_incident_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_notice"),
        sa.UniqueConstraint(
            "incident_id", "kind", "number", name="uq_alert_notice_incident_id_kind_number"
        ),
    )
    op.create_index("ix_alert_notice_state_due_at", "alert_notice", ["state", "due_at"])


def _delivery() -> None:
    op.create_table(
        "alert_delivery",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("incident_id", NUMBER, nullable=False),
        sa.Column("notice_id", NUMBER, nullable=False),
        sa.Column("channel", sa.String(250), nullable=False),
        sa.Column("delivery_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("next_try_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("leased_by", sa.String(64), nullable=False),
        sa.Column("leased_until", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["alert_incident.id"],
            name="fk_alert_delivery_incident_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["alert_notice.id"],
            name="fk_alert_delivery_notice_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_delivery"),
        sa.UniqueConstraint("delivery_id", name="uq_alert_delivery_delivery_id"),
        sa.UniqueConstraint("notice_id", "channel", name="uq_alert_delivery_notice_id_channel"),
    )
    op.create_index("ix_alert_delivery_next_try_at_id", "alert_delivery", ["next_try_at", "id"])
    op.create_index(
        "ix_alert_delivery_incident_id_channel_notice_id",
        "alert_delivery",
        ["incident_id", "channel", "notice_id"],
    )
    op.create_index("ix_alert_delivery_state_created_at", "alert_delivery", ["state", "created_at"])
