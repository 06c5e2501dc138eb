"""Judging the JSON of a service by a model, so that nothing of another shape is written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from influx_pipelines.sources.errors import BadAnswer

Model = TypeVar("Model", bound=BaseModel)

# A whole number is taken, a text or a truth value is not.
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
# No place on earth had more or less; what has, came in another unit.
Celsius = Annotated[_Number, Field(ge=-95, le=65)]
Felt = Annotated[_Number, Field(ge=-150, le=150)]  # in degrees Celsius, too
Hectopascal = Annotated[_Number, Field(ge=800, le=1_150)]  # reduced to sea level
Speed = Annotated[_Number, Field(ge=0, le=150)]
Amount = Annotated[_Number, Field(le=1_000)]  # models give a little less than no rain, too
Sight = Annotated[_Number, Field(ge=0, le=1_000_000)]
Direction = Annotated[_Number, Field(ge=0, le=360)]
Percent = Annotated[_Number, Field(ge=0, le=100)]
Code = Annotated[_Number, Field(ge=0, le=999)]
Unix = Annotated[int, Field(strict=True)]

AHEAD = timedelta(hours=1)  # a clock may be wrong, an observation is not of tomorrow
PRESENT = timedelta(days=7)  # a station may be silent for a while; 1970 is no present weather
SHOWN = 3


def parsed(told: Any, model: type[Model], service: str) -> Model:
    """The answer as a model.

    Raises:
        BadAnswer: naming what is missing, or is not what it should be.
    """
    try:
        return model.model_validate(told)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        shown = "; ".join(f"{_path(p['loc'])}: {p['msg']}" for p in problems[:SHOWN])
        more = f" and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise BadAnswer(f"{service} answered in another shape: {shown}{more}") from None


def _path(loc: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in loc) or "the answer"


def observed_at(seconds: int, service: str, now: datetime) -> datetime:
    """The time of a present observation.

    Raises:
        BadAnswer: it is of another time.
    """
    if not (now - PRESENT).timestamp() < seconds <= (now + AHEAD).timestamp():
        raise BadAnswer(f"{service} answered with a time that cannot be: {seconds}")
    return datetime.fromtimestamp(seconds, UTC)
