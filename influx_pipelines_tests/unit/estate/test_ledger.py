from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.problems import EstateError


def test_servers_and_organisations_are_kept_apart(tmp_path: Path) -> None:
    one = Ledger.open(tmp_path / "l.json", "http://a", "1")
    other = Ledger.open(tmp_path / "l.json", "http://a", "2")
    one.add_mapping("x")
    assert (one.mappings, other.mappings) == ({"x"}, set())
    one.remove_mapping("x")
    assert one.mappings == set()


def test_the_file_is_private(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "l.json", "u", "o").add_mapping("x")
    assert stat.S_IMODE((tmp_path / "l.json").stat().st_mode) == 0o600


def test_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "l.json", "u", "o")
    names = {f"m{number}" for number in range(40)}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ledger.add_mapping, names))
    assert ledger.mappings == names


@pytest.mark.parametrize("text", ["{", "[1]", '{"u o": 7}'])
def test_a_broken_file_is_not_taken_for_an_empty_one(tmp_path: Path, text: str) -> None:
    """It was: every token was replaced, and the rest of the file was forgotten."""
    (tmp_path / "l.json").write_text(text)
    ledger = Ledger.open(tmp_path / "l.json", "u", "o")
    for use in (lambda: ledger.mappings, lambda: ledger.add_mapping("x")):
        with pytest.raises(EstateError, match="Restore it, or delete it"):
            use()
    assert (tmp_path / "l.json").read_text() == text


def test_of_a_secret_only_a_salted_hash_is_kept(tmp_path: Path) -> None:
    ledger = Ledger.open(tmp_path / "l.json", "u", "o")
    ledger.add_mapping("m")
    for name in ("one", "other"):
        ledger.add_secret(name, "1", "hunter2")
    assert "hunter2" not in (tmp_path / "l.json").read_text()
    assert ledger.secrets["one"]["hash"] != ledger.secrets["other"]["hash"]
    assert ledger.was_sent("one", "hunter2")
    assert not ledger.was_sent("one", "hunter3")
    ledger.remove_secret("one")
    assert not ledger.was_sent("one", "hunter2")
    assert ledger.mappings == {"m"}
