"""The settings of CI jobs."""

from __future__ import annotations

from pydantic import AliasChoices, Field, SecretStr

from influx_pipelines.settings.definitions import DefinitionSettings
from influx_pipelines.settings.names import Address, ours


class CiSettings(DefinitionSettings):
    """Whose CI jobs are fetched, with which token, and where they go."""

    github_url: Address = Field(
        "https://api.github.com",
        validation_alias=AliasChoices("GITHUB_API_URL"),
        description="Address of GitHub's API, of a server of your own, or of a proxy for it.",
    )
    github_token: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("GITHUB_TOKEN"),
        description="Token that may read actions. Without one GitHub gives no logs, and 60 answers "
        "an hour.",
    )
    ci_repositories: str = Field(
        "",
        validation_alias=AliasChoices("CI_REPOSITORIES"),
        description="Repositories whose CI jobs are fetched, as `owner/name,owner/name`, beside "
        "those of `estate/ci.yaml`.",
    )
    ci_bucket: str = Field(
        "ci_jobs", validation_alias=ours("CI_BUCKET"), description="Bucket for CI jobs."
    )
    ci_store: str = Field(
        "",
        validation_alias=ours("CI_STORE"),
        description="Where runs, jobs and logs are kept: a folder, or an address of fsspec as "
        "`s3://bucket/ci`. Unset: `ci` in the home folder.",
    )
    ci_keep_logs_days: int = Field(
        90,
        ge=1,
        validation_alias=ours("CI_KEEP_LOGS_DAYS"),
        description="Days that logs of CI jobs are kept.",
    )
    ci_workers: int = Field(
        4,
        ge=1,
        le=32,
        validation_alias=ours("CI_WORKERS"),
        description="Runs of CI that are fetched at the same time.",
    )
    ci_job_bucket: str = Field(
        "",
        validation_alias=AliasChoices("INFLUX_JOB_BUCKET"),
        description="Bucket that gets jobs in the layout of tarantool/multivac, too.",
    )
    ci_test_bucket: str = Field(
        "",
        validation_alias=AliasChoices("INFLUX_TEST_BUCKET"),
        description="Bucket that gets failed tests in that layout, too.",
    )
    ci_table_bucket: str = Field(
        "",
        validation_alias=AliasChoices("INFLUX_TABLE_BUCKET"),
        description="Bucket that gets failed tests with links in that layout, too.",
    )
