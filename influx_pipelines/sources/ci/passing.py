"""One pass over days of all repositories: fetched, classified, written, the newest day first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from influx_pipelines.influx.client import Influx
from influx_pipelines.settings import Settings, SettingsError
from influx_pipelines.sources.ci.declared import wanted_repositories
from influx_pipelines.sources.ci.fetch import DayReport, Fetcher, Wanted
from influx_pipelines.sources.ci.github import GitHub
from influx_pipelines.sources.ci.publish import Published, Publisher
from influx_pipelines.sources.ci.rules import FILE, Rules
from influx_pipelines.sources.ci.store import JobStore
from influx_pipelines.sources.ci.write import Outputs
from influx_pipelines.sources.errors import Refused, SourceError

NO_REPOSITORY = "no repository: name one in estate/ci.yaml or CI_REPOSITORIES"


@dataclass(frozen=True)
class Done:
    """What became of a day of a repository; None for what was not asked for or not reached."""

    repository: str
    day: date
    report: DayReport | None = None
    published: Published | None = None
    error: SourceError | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing of it was left to a later pass."""
        limited = self.report is not None and self.report.resume_at is not None
        return self.error is None and not limited


def open_store(settings: Settings) -> JobStore:
    """The store of the settings.

    Raises:
        SourceError: its address is of no file system that is installed here.
    """
    return JobStore(settings.ci_store or str(settings.home / "ci"))


def outputs_of(settings: Settings) -> Outputs:
    """Where the settings want points to go."""
    return Outputs(
        settings.ci_bucket,
        settings.ci_job_bucket,
        settings.ci_test_bucket,
        settings.ci_table_bucket,
        settings.github_url,
    )


@contextmanager
def open_github(settings: Settings) -> Iterator[GitHub]:
    """The API of the settings, for the length of the block."""
    token = settings.github_token.get_secret_value().strip() if settings.github_token else ""
    with GitHub(settings.github_url, token) as github:
        yield github


class Pass:
    """What a pass works with.

    Args:
        settings: where everything is.
        folder: of the declaration, with `ci.yaml` and `ci_rules.yaml`.
        github: the API; None: nothing is fetched, but what is in the store is written.
        client: of the server; None: nothing is written, but what GitHub has is fetched.

    Attributes:
        wanted: the repositories.
        resume_at: when GitHub's limit is lifted, if it ended the pass.

    Raises:
        EstateError, SettingsError, SourceError, InfluxError: something that it needs is not there.
    """

    def __init__(
        self, settings: Settings, folder: Path, github: GitHub | None, client: Influx | None
    ) -> None:
        self.settings = settings
        self.wanted: Sequence[Wanted] = wanted_repositories(folder, settings.ci_repositories)
        self.store = open_store(settings)
        self.resume_at: datetime | None = None
        self._fetchers: dict[str, Fetcher] = {}
        self._publisher: Publisher | None = None
        if github is not None:
            if self.wanted and not settings.network:
                raise SettingsError(
                    "INFLUX_PIPELINES_NETWORK: is false, so that no service outside is asked. "
                    "Set it to true to fetch CI jobs."
                )
            for one in self.wanted:
                fetcher = Fetcher(github, self.store, one, workers=settings.ci_workers)
                self._fetchers[one.repository] = fetcher
        if client is not None and self.wanted:
            rules = Rules.load(folder / FILE)
            self._publisher = Publisher(client, self.store, rules, outputs_of(settings))

    def days(self, first: date, last: date, *, rewrite: bool = False) -> Iterator[Done]:
        """Go through the days, and tell each when it is done.

        At GitHub's limit it ends; where it has to go on is kept in the store. A repository that is
        refused, or has no list of runs, is left out from then on.

        Raises:
            InfluxError: the server refused points or did not answer.
        """
        left_out: set[str] = set()
        failed = False
        for day in (last - timedelta(days=n) for n in range((last - first).days + 1)):
            for one in self.wanted:
                if one.repository in left_out:
                    continue
                done = self._day(one.repository, day, rewrite=rewrite)
                failed = failed or done.error is not None
                if done.error is not None and (
                    done.report is None or isinstance(done.error, Refused)
                ):
                    left_out.add(one.repository)
                yield done
            if self.resume_at is not None:
                self._stop(first, day)
                return
        if not failed:
            self._go_on(first, last)

    def _day(self, repository: str, day: date, *, rewrite: bool) -> Done:
        report, published, error = None, None, None
        if self._fetchers and self.resume_at is None:
            try:
                report = self._fetchers[repository].day(day)
                self.resume_at, error = report.resume_at, report.error
            except SourceError as caught:
                error = caught
        if self._publisher is not None:
            try:
                published = self._publisher.day(repository, day, rewrite=rewrite)
            except SourceError as caught:
                error = error or caught
        return Done(repository, day, report, published, error)

    def _stop(self, first: date, day: date) -> None:
        """Keep where to go on; further back when an earlier pass has to."""
        assert self.resume_at is not None
        before = self.store.resume()
        days = [first.isoformat(), day.isoformat(), *(before.get(key) for key in ("first", "last"))]
        known = [text for text in days if text]
        at = self.resume_at.astimezone(UTC).isoformat(timespec="seconds")
        self.store.put_resume({"at": at, "first": min(known), "last": max(known)})

    def _go_on(self, first: date, last: date) -> None:
        """Forget where to go on, when that is done now."""
        left = self.store.resume()
        covered = left and str(first) <= left["first"] and left["last"] <= str(last)
        if self._fetchers and covered:
            self.store.put_resume({})
