"""One process at a time works in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.folder import locked


def test_a_second_process_is_told_and_a_later_one_is_not(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(TransferError, match="Another process"), locked(tmp_path):
        raise AssertionError("both hold the folder")
    with locked(tmp_path):
        pass
