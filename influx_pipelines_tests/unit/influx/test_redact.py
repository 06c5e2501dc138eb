from __future__ import annotations

import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.redact import redact

TOKEN = "kA9-very_long.secret/token+text=="


@pytest.mark.parametrize("scheme", ["Token", "Bearer", "token"])
def test_a_header_loses_its_token(scheme: str) -> None:
    assert redact(f"Authorization: {scheme} {TOKEN} ok") == f"Authorization: {scheme} *** ok"


def test_a_known_secret_goes_wherever_it_stands() -> None:
    assert redact(f"it was {TOKEN}!", [TOKEN]) == "it was ***!"


def test_a_client_shows_no_token() -> None:
    client = Influx("http://localhost:1", TOKEN, "o")
    assert TOKEN not in repr(client)
    assert TOKEN not in str(vars(client).keys())
