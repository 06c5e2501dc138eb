"""How the steps of a run are executed, by name; a heavy one is imported only when it is chosen."""

from __future__ import annotations

import dagster as dg

from influx_pipelines.settings import SettingsError

# Names of Celery itself. They are resolved when a run starts: an address may hold a password.
BROKER, RESULTS = "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"


def executor(name: str) -> dg.ExecutorDefinition:
    """The executor `in_process`, `multiprocess` or `celery`.

    Raises:
        SettingsError: its packages are not installed.
    """
    if name == "celery":
        return _celery()
    return {"in_process": dg.in_process_executor, "multiprocess": dg.multiprocess_executor}[name]


def _celery() -> dg.ExecutorDefinition:
    try:
        from dagster_celery import celery_executor
    except ImportError as error:
        raise SettingsError(
            f"INFLUX_PIPELINES_EXECUTOR=celery: {error.name} is not installed. It comes with "
            "`pip install 'influx-pipelines[celery]'`."
        ) from None
    return celery_executor.configured(
        {"broker": {"env": BROKER}, "backend": {"env": RESULTS}}, name="celery"
    )
