"""A Celery worker of this project: `celery --app influx_pipelines.worker worker --queues dagster`.

A step is acknowledged when it has ended, so that one whose worker died comes back and is executed
by another. Redis knows a dead worker only by a time; a fixed one would give a long step to a second
worker while the first is at it. So a worker gives signs of life for the steps that it holds, and
the time is short.
"""

from __future__ import annotations

import os
import time
from typing import Any

from celery import bootsteps
from dagster_celery.app import app, execute_plan

from influx_pipelines.executors import BROKER, RESULTS
from influx_pipelines.settings import load_definition_settings

__all__ = ["app", "execute_plan"]
_SIGNS = 4  # signs of life in the time after which a worker is given up


class SignsOfLife(bootsteps.StartStopStep):
    """Renews the time of delivery of each message that this worker holds."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, parent: Any) -> None:
        """Begin when the worker consumes, again after each lost connection."""
        self.timer = parent.timer.call_repeatedly(
            load_definition_settings().worker_silence / _SIGNS, renew, (parent.task_consumer,)
        )

    def stop(self, parent: Any) -> None:
        """End with the connection."""
        self.timer.cancel()


def renew(consumer: Any) -> None:
    """Redis measures the time from now on; a message that is given back meanwhile stays so."""
    qos = consumer.channel.qos
    held = dict.fromkeys(qos._delivered, time.time())
    if held:
        with qos.channel.conn_or_acquire() as redis:
            redis.zadd(qos.unacked_index_key, held, xx=True)


app.conf.update(
    broker_url=os.environ.get(BROKER),
    result_backend=os.environ.get(RESULTS),
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_deduplicate_successful_tasks=True,  # killed between the result and the receipt
    worker_prefetch_multiplier=1,  # a step that waits is for whoever is free first
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": load_definition_settings().worker_silence,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
    },
)
app.steps["consumer"].add(SignsOfLife)
