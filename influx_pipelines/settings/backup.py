"""The settings of backups."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from influx_pipelines.settings.definitions import DefinitionSettings
from influx_pipelines.settings.names import of_client, ours


class BackupSettings(DefinitionSettings):
    """What is backed up, where to, and for how long it is kept."""

    backup_token: SecretStr | None = Field(
        None,
        validation_alias=of_client("BACKUP_TOKEN"),
        description="Operator token, for native backups and restores only; unset: the token.",
    )
    restore_token: SecretStr | None = Field(
        None,
        validation_alias=of_client("RESTORE_TOKEN"),
        description="Operator token of the time of a backup, for a full restore only.",
    )
    backup_folder: Path | None = Field(
        None,
        validation_alias=ours("BACKUP_FOLDER"),
        description="Folder of the backups, one folder each; unset: `backups` in the home folder.",
    )
    backup_kind: Literal["auto", "native", "logical"] = Field(
        "auto",
        validation_alias=ours("BACKUP_KIND"),
        description="native: the official format, with an operator token; logical: line protocol "
        "and the estate, of any v2 server; auto: native where the server can.",
    )
    backup_parallel: int = Field(
        4,
        ge=1,
        le=32,
        validation_alias=ours("BACKUP_PARALLEL"),
        description="How many shards are downloaded at once.",
    )
    backup_full_every: int = Field(
        7,
        ge=1,
        validation_alias=ours("BACKUP_FULL_EVERY"),
        description="Every so many native backups one has all files of its own; the others link "
        "the files of unchanged shards.",
    )
    backup_keep_daily: int = Field(
        7, ge=1, validation_alias=ours("BACKUP_KEEP_DAILY"), description="Days that keep a backup."
    )
    backup_keep_weekly: int = Field(
        4, ge=0, validation_alias=ours("BACKUP_KEEP_WEEKLY"), description="Weeks that keep one."
    )
    backup_keep_monthly: int = Field(
        12, ge=0, validation_alias=ours("BACKUP_KEEP_MONTHLY"), description="Months that keep one."
    )
    backup_copy_to: SecretStr | None = Field(  # it may hold a password
        None,
        validation_alias=ours("BACKUP_COPY_TO"),
        description="Where verified backups are copied: an address of fsspec such as "
        "`s3://bucket/folder`; unset: nowhere.",
    )
    backup_recipients: str = Field(
        "",
        validation_alias=ours("BACKUP_RECIPIENTS"),
        description="Public keys of age (`age1…`), separated by commas: copies are encrypted for "
        "them.",
    )

    @property
    def copy_to(self) -> str:
        """The address of the copies, with whatever password is in it; "" for nowhere."""
        return self.backup_copy_to.get_secret_value() if self.backup_copy_to else ""
