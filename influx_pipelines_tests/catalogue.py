"""The catalogue of the graph, and the page that each check has to have."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta
from functools import cache
from pathlib import Path

import dagster as dg
import yaml

from influx_pipelines.definitions import defs
from influx_pipelines.defs import runbooks
from influx_pipelines.defs.housekeeping import heartbeats, watch

ESTATE = Path(__file__).parents[1] / "estate"
RUNBOOK = " Runbook: "


@cache
def definitions() -> dg.Definitions:
    return defs()


def check_specs() -> list[dg.AssetCheckSpec]:
    graph = definitions().resolve_asset_graph()
    found = [spec for one in graph.assets_defs for spec in one.check_specs]
    return sorted(found, key=lambda spec: (spec.asset_key.path, spec.name))


def alert_pages() -> dict[str, str]:
    """The pages of what alerts people: monitoring checks, tasks by template, Dagster itself."""
    checks = yaml.safe_load((ESTATE / "monitoring_checks.yaml").read_text())["monitoring_checks"]
    tasks = yaml.safe_load((ESTATE / "tasks.yaml").read_text())["tasks"]
    pages = {
        check["name"]: "monitoring--" + re.sub(r"\W+", "-", check["name"].lower()).strip("-")
        for check in checks
    }
    pages |= {task["name"]: f"finding--{task['template']}" for task in tasks}
    own = (watch.FAILURES, watch.STUCK, heartbeats.CHECK)
    pages |= {name: f"orchestrator--{name.replace(' ', '-')}" for name in own}
    return {name: f"{page}.md" for name, page in pages.items()}


def pages() -> dict[str, str]:
    """The page of every check, by what it is the page of."""
    found = {
        f"asset check {spec.name} of {spec.asset_key.to_user_string()}": runbooks.page(
            spec.asset_key, spec.name
        )
        for spec in check_specs()
    }
    return {**found, **alert_pages()}


def started_by() -> dict[dg.AssetKey, list[str]]:
    """The schedules and sensors that ask for an asset."""
    repository = definitions().get_repository_def()
    jobs = [(one.name, one.job_name) for one in repository.schedule_defs]
    jobs += [(one.name, job.job_name) for one in repository.sensor_defs for job in one.targets]
    found = defaultdict(list)
    for name, job in jobs:
        for key in repository.get_job(job).asset_layer.selected_asset_keys:
            found[key].append(name)
    return found


def asset_tables() -> str:
    starters = started_by()
    groups = defaultdict(list)
    for spec in sorted(definitions().resolve_all_asset_specs(), key=lambda spec: spec.key.path):
        groups[spec.group_name or ""].append(spec)
    lines = []
    for group, specs in sorted(groups.items()):
        lines += [f"### {group}", "", "| asset | what | follows | started by | missed after |"]
        lines += ["| --- | --- | --- | --- | --- |"]
        lines += [_asset_row(spec, starters[spec.key]) for spec in specs]
        lines += [""]
    return "\n".join(lines).rstrip()


def _asset_row(spec: dg.AssetSpec, starters: list[str]) -> str:
    policy = spec.freshness_policy
    window = getattr(policy, "fail_window", None)
    missed = _hours(window.to_timedelta()) if window else ""
    follows = ", ".join(f"`{dep.asset_key.to_user_string()}`" for dep in spec.deps)
    names = ", ".join(f"`{name}`" for name in sorted(set(starters))) or "a person"
    text = _first_sentence(spec.description or "")
    partitioned = ", partitioned" if spec.partitions_def else ""
    return (
        f"| `{spec.key.to_user_string()}`{partitioned} | {text} | {follows} | {names} | {missed} |"
    )


def _hours(window: timedelta) -> str:
    minutes = round(window.total_seconds() / 60)
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=\.)\s+(?=[A-Z])", " ".join(text.split()))[0].replace("|", "\\|")


def check_table() -> str:
    lines = ["| asset check | passes when | |", "| --- | --- | --- |"]
    for spec in check_specs():
        promise = (spec.description or "").split(RUNBOOK)[0]
        page = runbooks.page(spec.asset_key, spec.name)
        name = f"`{spec.asset_key.to_user_string()}`: `{spec.name}`"
        blocks = ", holds back what follows" if spec.blocking else ""
        lines.append(f"| {name}{blocks} | {promise} | [page](runbooks/{page}) |")
    return "\n".join(lines)


def alert_table() -> str:
    lines = ["| monitoring check, task, or trouble of Dagster | |", "| --- | --- |"]
    lines += [f"| {name} | [page](runbooks/{page}) |" for name, page in alert_pages().items()]
    return "\n".join(lines)


def automation_table() -> str:
    repository = definitions().get_repository_def()
    lines = ["| schedule or sensor | when | what |", "| --- | --- | --- |"]
    for schedule in sorted(repository.schedule_defs, key=lambda one: one.name):
        when = f"`{schedule.cron_schedule}` {schedule.execution_timezone or 'UTC'}"
        lines.append(f"| `{schedule.name}` | {when} | {schedule.description} |")
    for sensor in sorted(repository.sensor_defs, key=lambda one: one.name):
        when = f"every {sensor.minimum_interval_seconds} s"
        lines.append(f"| `{sensor.name}` | {when} | {sensor.description} |")
    return "\n".join(lines)


def tables() -> dict[str, str]:
    """The parts of docs/catalogue.md that are made."""
    return {
        "assets": asset_tables(),
        "asset checks": check_table(),
        "automation": automation_table(),
        "alerts": alert_table(),
    }
