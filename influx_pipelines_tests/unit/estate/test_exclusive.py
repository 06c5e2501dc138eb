from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from influx_pipelines.estate.exclusive import ApplyBusy, exclusively


def test_a_second_apply_is_refused_with_a_sentence_when_the_first_takes_too_long(
    tmp_path: Path,
) -> None:
    with exclusively(tmp_path), pytest.raises(ApplyBusy, match=r"apply\.lock"):  # noqa: SIM117
        with exclusively(tmp_path, wait=0.1):
            pass


def test_a_second_apply_waits_for_the_first(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with exclusively(tmp_path, wait=20):
            order.append("second")

    with exclusively(tmp_path):
        thread = Thread(target=second)
        thread.start()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
