from __future__ import annotations

from pathlib import Path

import pytest

from influx_pipelines.settings import (
    SECRETS_VARIABLE,
    Settings,
    SettingsError,
    load_definition_settings,
    load_settings,
    secret_variables,
    set_variables,
    variable,
    variable_of,
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for prefix in ("INFLUXDB_", "INFLUXDB_V2_", "INFLUX_"):
        for name in ("URL", "TOKEN", "ORG"):
            monkeypatch.delenv(prefix + name, raising=False)


@pytest.mark.parametrize("prefix", ["INFLUXDB_", "INFLUXDB_V2_", "INFLUX_"])
def test_the_names_of_the_official_client_and_of_older_tools_are_taken(
    monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    monkeypatch.setenv(f"{prefix}URL", "http://here:8086/")
    monkeypatch.setenv(f"{prefix}TOKEN", "t")
    settings = load_settings()
    assert settings.url == "http://here:8086"
    assert settings.token is not None
    assert settings.token.get_secret_value() == "t"


def test_our_own_name_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUX_ORG", "old")
    monkeypatch.setenv("INFLUXDB_ORG", "new")
    assert load_settings().org == "new"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("INFLUXDB_URL", "localhost:8086", "http://localhost:8086"),
        ("INFLUX_PIPELINES_TIMEOUT", "soon", "number"),
        ("INFLUX_PIPELINES_KEEP_RUNS_DAYS", "0", "greater than or equal to 1"),
        ("INFLUX_PIPELINES_EXECUTOR", "steam", "in_process"),
        ("INFLUX_PIPELINES_BACKUP_ZONE", "Asia/Nowhere", "no time zone, such as Europe/Berlin"),
        ("INFLUX_PIPELINES_BACKUP_ZONE", "../../etc/passwd", "no time zone"),
        ("INFLUX_PIPELINES_BACKUP_ZONE", "Asia", "no time zone"),
    ],
)
def test_an_error_names_the_variable_and_what_it_should_look_like(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert name in str(caught.value)
    assert says in str(caught.value)


def test_a_file_of_settings_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "settings.env"
    file.write_text("INFLUXDB_ORG=from-the-file\n")
    monkeypatch.setenv("INFLUX_PIPELINES_ENV_FILE", str(file))
    assert load_settings().org == "from-the-file"


def test_a_token_shows_in_no_print_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFLUXDB_TOKEN", "very-secret-token")
    settings = load_settings()
    assert "very-secret-token" not in f"{settings!r} {settings}"
    assert not hasattr(load_definition_settings(), "token")


def test_an_address_of_copies_shows_its_password_in_no_print(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It was a plain text, so that a print of the settings had the password."""
    monkeypatch.setenv("INFLUX_PIPELINES_BACKUP_COPY_TO", "ftp://bob:hunter2@nas/copies")
    settings = load_settings()
    assert "hunter2" not in repr(settings) + settings.model_dump_json()
    assert settings.copy_to == "ftp://bob:hunter2@nas/copies"


def test_a_bare_name_of_the_surroundings_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """`HOME` set the folder of the project to the user's home, and filled it."""
    for name in ("HOME", "OWNER", "ORG", "URL", "TIMEOUT"):
        monkeypatch.setenv(name, "/somewhere")
    settings = load_settings()
    assert settings.home == Path(".influx_pipelines")
    assert (settings.owner, settings.org, settings.url) == ("team:platform", None, None)


@pytest.mark.parametrize("name", ["SECRET_COMMAND", "TOKEN_COMMAND"])
def test_a_command_that_is_none_is_told_when_settings_are_read(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A blank one ran the program that is called as the secret; a quotation mark, a traceback."""
    monkeypatch.setenv(f"INFLUX_PIPELINES_{name}", " ")
    assert getattr(load_settings(), name.lower()) == ""
    monkeypatch.setenv(f"INFLUX_PIPELINES_{name}", '"give')
    with pytest.raises(SettingsError, match=f"INFLUX_PIPELINES_{name}: is no command of a shell"):
        load_settings()


@pytest.mark.parametrize(
    "address", ["http://", "http://[", "http://host:99999", "https://a b", "http://host/v1?key=1"]
)
def test_an_address_that_cannot_be_asked_is_told_when_settings_are_read(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """Each was an error of a library at the first request, after everything else was done."""
    monkeypatch.setenv("OPEN_METEO_URL", address)
    with pytest.raises(SettingsError, match="OPEN_METEO_URL: must be http://host"):
        load_settings()


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in secret_variables():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(SECRETS_VARIABLE, str(tmp_path))
    return tmp_path


def test_each_secret_may_be_a_file_of_the_folder_of_secrets(secrets: Path) -> None:
    fields = [name for name in Settings.model_fields if variable_of(name) in secret_variables()]
    for name in fields:
        (secrets / variable_of(name)).write_text(f"the secret of {name}\n")
    settings = load_settings()
    assert len(fields) > 7
    for name in fields:
        assert getattr(settings, name).get_secret_value() == f"the secret of {name}"


def test_a_mounted_folder_of_kubernetes_is_read(secrets: Path) -> None:
    """Its files are links to a hidden folder, which is changed as a whole."""
    (secrets / "..2026").mkdir()
    (secrets / "..2026/INFLUXDB_TOKEN").write_text("mounted")
    (secrets / "..data").symlink_to("..2026")
    (secrets / "INFLUXDB_TOKEN").symlink_to("..data/INFLUXDB_TOKEN")
    token = load_settings().token
    assert token is not None
    assert token.get_secret_value() == "mounted"
    assert "..data" not in set_variables()


def test_a_variable_wins_over_a_file(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets / "INFLUXDB_TOKEN").write_text("from the file")
    monkeypatch.setenv("INFLUXDB_TOKEN", "from the environment")
    settings = load_settings()
    assert settings.token is not None
    assert settings.token.get_secret_value() == "from the environment"


def test_secrets_that_the_estate_names_may_be_files_too(secrets: Path) -> None:
    (secrets / "PAGER_KEY").write_text("of the pager\n")
    assert variable("PAGER_KEY") == "of the pager"
    assert variable(f"../{secrets.name}/PAGER_KEY") == variable("NOT_THERE") == ""
    assert "PAGER_KEY" in set_variables()


def test_an_empty_file_of_a_secret_is_an_error(secrets: Path) -> None:
    """Such a token was sent, and InfluxDB's answer did not say where it came from."""
    (secrets / "INFLUXDB_TOKEN").write_text("\n")
    with pytest.raises(SettingsError, match=r"INFLUXDB_TOKEN: .* is empty"):
        load_settings()


def test_a_folder_of_secrets_that_is_not_there_is_an_error(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRETS_VARIABLE, str(secrets / "gone"))
    with pytest.raises(SettingsError, match=f"{SECRETS_VARIABLE}: .* is no folder"):
        load_settings()
