"""GitHub's REST API for runs, jobs and logs: paging, the cap of a search, conditional requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar
from urllib.parse import parse_qs, urlsplit

import requests
from pydantic import BaseModel, ValidationError

from influx_pipelines.sources.ci.api import Job, JobsPage, KeptPage, Run, RunsPage
from influx_pipelines.sources.errors import BadAnswer, RateLimited, Refused, Unavailable
from influx_pipelines.sources.http import Http

CAP = 1_000  # results of one search, whatever `total_count` says
PER_PAGE = 100  # the most that GitHub gives
SECOND = timedelta(seconds=1)
BLOCK = 1 << 16
# GitHub says no time with some of its secondary limits, but "wait for at least one minute".
UNTOLD_WAIT = 300.0

Page = TypeVar("Page", bound=BaseModel)


class Pages(Protocol):
    """Where pages of lists are kept between passes."""

    def get(self, name: str) -> KeptPage | None:
        """The page as it was last answered."""

    def put(self, name: str, page: KeptPage) -> None:
        """Keep a page."""


@dataclass
class Listing:
    """Runs by ID; `missing` are those that GitHub counted and did not give."""

    runs: dict[int, Run] = field(default_factory=dict)
    missing: int = 0

    def add(self, other: Listing) -> None:
        """Count another listing in."""
        self.runs |= other.runs
        self.missing += other.missing


class GitHub:
    """Runs, jobs and logs of repositories; safe to share between threads.

    Args:
        url: `https://api.github.com`, or `https://HOST/api/v3`.
        token: sent to that address only, in a header; without one, logs are refused.
        retries: further tries of a request.

    Attributes:
        requests: calls that were made.
        unchanged: those that were answered by 304, which no limit counts.
    """

    def __init__(self, url: str, token: str = "", *, retries: int = 2) -> None:
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "influx-pipelines",
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.has_token = bool(token)
        self.requests = self.unchanged = 0
        self._http = Http(url, headers=headers, retries=retries)
        self._lock = threading.Lock()
        self._limited_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def runs(
        self, repository: str, start: datetime, stop: datetime, pages: Pages, *, branch: str = ""
    ) -> Listing:
        """The runs that were created from `start` to before `stop`, both in whole seconds, UTC.

        A search that has more results than GitHub gives is halved in time until it has not.

        Raises:
            SourceError: as `Http.get`; BadAnswer for another shape than documented.
        """
        last = stop - SECOND
        asked = {"created": f"{_moment(start)}..{_moment(last)}"}
        if branch:
            asked["branch"] = branch
        path = f"/repos/{repository}/actions/runs"
        first = self._runs_page(path, {**asked, "page": "1"}, pages)
        if first.page.total_count > CAP and last > start:
            middle = start + (stop - start) // 2
            middle = max(middle.replace(microsecond=0), start + SECOND)
            found = self.runs(repository, start, middle, pages, branch=branch)
            found.add(self.runs(repository, middle, stop, pages, branch=branch))
            return found
        found = Listing({run.id: run for run in first.page.workflow_runs})
        page = first
        while page.next_page is not None:
            page = self._runs_page(path, {**asked, "page": str(page.next_page)}, pages)
            found.runs |= {run.id: run for run in page.page.workflow_runs}
        found.missing = max(page.page.total_count - len(found.runs), 0)
        return found

    def jobs(self, repository: str, run_id: int) -> list[Job]:
        """The jobs of all attempts of a run.

        Raises:
            SourceError: as `Http.get`; BadAnswer for another shape than documented.
        """
        path = f"/repos/{repository}/actions/runs/{run_id}/jobs"
        asked = {"filter": "all", "per_page": str(PER_PAGE)}
        found: dict[int, Job] = {}
        page: int | None = 1
        while page is not None:
            answer = self._get(path, {**asked, "page": str(page)})
            parsed = _parsed(answer, JobsPage)
            found |= {job.id: job for job in parsed.jobs}
            page = _next_page(answer)
        if len(found) < parsed.total_count:
            text = f"{path}: {len(found)} jobs came of {parsed.total_count}"
            raise Unavailable(f"{text}; the next pass asks again")
        return list(found.values())

    @contextmanager
    def log(self, repository: str, job_id: int) -> Iterator[Iterator[bytes]]:
        """The bytes of a log, block by block.

        GitHub answers with a redirect to another host, which `requests` follows without our token.

        Raises:
            NotFound: there is no log, or not any more.
            Unavailable: the answer broke off.
        """
        path = f"/repos/{repository}/actions/jobs/{job_id}/logs"
        answer = self._get(path, stream=True)
        with answer:
            yield _blocks(answer, path)

    def _runs_page(self, path: str, params: dict[str, str], pages: Pages) -> KeptPage:
        asked = {**params, "per_page": str(PER_PAGE)}
        name = "&".join([path, *(f"{key}={value}" for key, value in sorted(asked.items()))])
        kept = pages.get(name)
        headers = {"If-None-Match": kept.etag} if kept is not None else None
        answer = self._get(path, asked, headers=headers)
        if kept is not None and answer.status_code == 304:
            return kept
        page = KeptPage(
            etag=answer.headers.get("ETag", ""),
            next_page=_next_page(answer),
            page=_parsed(answer, RunsPage),
        )
        if page.etag:
            pages.put(name, page)
        return page

    def _get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """An answer; once the limit is met, no thread sends anything until it is lifted."""
        left = self._limited_until - time.monotonic()
        if left > 0:
            raise RateLimited(f"{path}: not asked for, GitHub's limit is met", retry_after=left)
        try:
            answer = self._http.get(path, params, headers=headers, stream=stream)
        except Refused as error:
            if error.status != 403 or "rate limit" not in str(error).lower():
                raise
            raise self._limited(RateLimited(str(error), status=403)) from None
        except RateLimited as error:
            raise self._limited(error) from None
        finally:
            with self._lock:
                self.requests += 1
        with self._lock:
            self.unchanged += answer.status_code == 304
        return answer

    def _limited(self, error: RateLimited) -> RateLimited:
        if error.retry_after is None:
            error.retry_after = UNTOLD_WAIT
        self._limited_until = time.monotonic() + error.retry_after
        return error


def page_of(api: str, repository: str) -> str:
    """The web page of a repository's runs, by the address of the API."""
    web = api.removesuffix("/api/v3").replace("://api.github.com", "://github.com")
    return f"{web}/{repository}/actions"


def _parsed(answer: requests.Response, model: type[Page]) -> Page:
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the answer"
        where = urlsplit(answer.url).path
        raise BadAnswer(f"{where}: not as GitHub documents it: {place}: {first['msg']}") from None


def _next_page(answer: requests.Response) -> int | None:
    """The number of the next page; only that, so that no link leads the token to another host."""
    link: dict[str, Any] = answer.links.get("next", {})
    number = parse_qs(urlsplit(link.get("url", "")).query).get("page", [""])[0]
    return int(number) if number.isdecimal() else None


def _blocks(answer: requests.Response, path: str) -> Iterator[bytes]:
    try:
        yield from answer.iter_content(BLOCK)
    except requests.RequestException as error:
        raise Unavailable(f"{path}: the answer broke off ({type(error).__name__})") from None


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
