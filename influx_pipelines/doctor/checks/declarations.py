"""The files that say what is wanted: each is read as those who use it read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from influx_pipelines.doctor.result import Result, green, red
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.settings import Settings, SettingsError

MEND = "Mend the file at that line; whoever uses it reads it again by itself."


def declarations(subject: Subject) -> Iterator[Result]:
    """The estate, and the files beside it, in the folder of the estate."""
    settings = subject.settings
    for name, read in READERS.items():
        try:
            text = read(settings)
        except EstateError as error:
            yield from (red(name, str(problem), MEND) for problem in error.problems)
        except SettingsError as error:
            yield red(name, str(error), "Mend that variable.")
        else:
            yield green(name, text)


def _estate(settings: Settings) -> str:
    from influx_pipelines.estate.load import load

    declared = load(settings.estate)
    return f"{len(declared.buckets)} buckets and what belongs to them in {settings.estate}"


def _alerts(settings: Settings) -> str:
    from influx_pipelines.alerts.delivery.load import load_config

    return f"{len(load_config(settings.estate).channels)} channels"


def _ci(settings: Settings) -> str:
    from influx_pipelines.sources.ci.declared import wanted_repositories

    return f"{len(wanted_repositories(settings.estate, settings.ci_repositories))} repositories"


def _rules(settings: Settings) -> str:
    from influx_pipelines.sources.ci.rules import FILE, Rules

    path: Path = settings.estate / FILE
    return f"{len(Rules.load(path).rules)} rules of CI logs" if path.exists() else "no rules"


def _locations(settings: Settings) -> str:
    from influx_pipelines.sources.weather.locations import load_locations

    return f"{len(load_locations(settings.estate))} places"


READERS: dict[str, Callable[[Settings], str]] = {
    "estate": _estate,
    "alerts.yaml": _alerts,
    "ci.yaml": _ci,
    "ci_rules.yaml": _rules,
    "locations.yaml": _locations,
}
