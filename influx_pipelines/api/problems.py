"""What goes wrong, as statuses that say what happened, in one shape."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from influx_pipelines.alerts.listing import BadCursor
from influx_pipelines.alerts.silences import BadSilence
from influx_pipelines.alerts.statuses import BadStatus
from influx_pipelines.estate.exclusive import ApplyBusy
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.influx import errors
from influx_pipelines.influx.lineprotocol import UnwritableError

log = logging.getLogger("influx_pipelines.api")
RETRY_SECONDS = 5


class Problem(BaseModel):
    """Why there is no answer; `detail` says what is wrong, and never holds a secret."""

    success: Literal[False] = False
    detail: str = Field(examples=["limit: Input should be less than or equal to 1000"])


class Busy(Exception):
    """More is waiting than can be done; the caller comes again."""


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An answer in the shape of `Problem`."""
    own = {"Retry-After": str(RETRY_SECONDS)} if status in (429, 503) else {}
    body = Problem(detail=detail).model_dump()
    return JSONResponse(body, status, headers={**own, **(headers or {})})


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, for the document."""
    return {status: {"model": Problem, "description": TEXTS[status]} for status in statuses}


TEXTS = {
    401: "No valid token",
    403: "The token may not do that",
    404: "There is no such thing",
    409: "It stands in the way of something else",
    413: "The body is too large",
    422: "Something in the request is wrong",
    429: "Too many requests; Retry-After says when to come again",
    502: "InfluxDB refuses the API itself",
    503: "The database or InfluxDB does not answer; Retry-After says when to come again",
}

STATUSES: dict[type[Exception], int] = {
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.Invalid: 422,
    errors.PartialWrite: 422,
    errors.RateLimited: 429,
    errors.Unavailable: 503,
    errors.IncompleteRead: 503,
    errors.InfluxError: 502,
    UnwritableError: 422,
    BadStatus: 422,
    BadSilence: 422,
    BadCursor: 422,
    EstateError: 503,
    ApplyBusy: 503,
    Busy: 503,
}


def install(app: FastAPI) -> None:
    """Teach an app what to answer for each error."""
    for error in STATUSES:
        app.add_exception_handler(error, _known)
    app.add_exception_handler(SQLAlchemyError, _database)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _unknown)


async def _known(_request: Request, error: Exception) -> JSONResponse:
    status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
    headers = {}
    if after := getattr(error, "retry_after", None):
        headers["Retry-After"] = str(math.ceil(after))
    return problem(status, str(error), headers)


async def _database(_request: Request, error: Exception) -> JSONResponse:
    """The text of a driver's error may hold values and addresses: it is not shown."""
    kind = type(error.orig if isinstance(error, DBAPIError) else error).__name__
    log.error("database", extra={"error": kind})
    return problem(503, f"the database of the alerts does not work ({kind})")


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """Places and reasons, without what was sent."""
    assert isinstance(error, RequestValidationError)
    texts = [
        f"{'.'.join(map(str, one['loc'][1:])) or 'body'}: {one['msg']}" for one in error.errors()
    ]
    return problem(422, "; ".join(texts[:20]))


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    # A body that cannot be decoded at all is as wrong as one that is no JSON.
    status = 422 if error.status_code == 400 else error.status_code
    return problem(status, str(error.detail), error.headers)


async def _unknown(_request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected", exc_info=error)
    return problem(500, "something unexpected happened; the log of the API tells what")
