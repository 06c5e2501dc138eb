from __future__ import annotations

import sys

import dagster as dg
import pytest

from influx_pipelines.executors import executor
from influx_pipelines.settings import SettingsError


@pytest.mark.parametrize("name", ["in_process", "multiprocess", "celery"])
def test_an_executor_is_chosen_by_name_and_asks_for_no_address_yet(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    chosen = executor(name)
    assert isinstance(chosen, dg.ExecutorDefinition)
    assert chosen.name == name


def test_a_missing_extra_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dagster_celery", None)
    with pytest.raises(SettingsError, match=r"pip install 'influx-pipelines\[celery\]'"):
        executor("celery")
