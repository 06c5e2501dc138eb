"""The tokens of the HTTP API: made once, kept to ourselves."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from influx_pipelines.api.auth import Tokens
from influx_pipelines.apitokens import api_token, token_file
from influx_pipelines.settings import Settings, SettingsError


def settings(home: Path, **given: str) -> Settings:
    return Settings(_env_file=None, home=home, **given)


def test_a_token_is_made_once_in_a_file_of_ours_alone(tmp_path: Path) -> None:
    """Also when an apply and the API need it at the same moment."""
    mine = settings(tmp_path / "home")
    with ThreadPoolExecutor(8) as pool:
        made = {
            token.get_secret_value()
            for token in pool.map(lambda _: api_token(mine, "webhook"), range(32))
        }
    assert len(made) == 1
    assert len(made.pop()) >= 43
    path = token_file(mine.home, "webhook")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["webhook.token"]
    assert api_token(mine, "operator") != api_token(mine, "webhook")


def test_a_variable_comes_before_the_file(tmp_path: Path) -> None:
    given = settings(tmp_path, webhook_token="sixteen letters…")
    assert api_token(given, "webhook").get_secret_value() == "sixteen letters…"
    assert not token_file(given.home, "webhook").exists()


def test_an_empty_file_is_no_token(tmp_path: Path) -> None:
    mine = settings(tmp_path)
    token_file(mine.home, "operator").parent.mkdir()
    token_file(mine.home, "operator").write_text("\n")
    with pytest.raises(SettingsError, match=r"operator\.token: is empty"):
        api_token(mine, "operator")


def test_one_token_for_both_is_refused(tmp_path: Path) -> None:
    """The webhook's lies in InfluxDB, where others see it."""
    same = "the same one for both"
    with pytest.raises(SettingsError, match="must be two tokens"):
        Tokens(settings(tmp_path, api_token=same, webhook_token=same))
