"""What is declared of an asset's points, and of the rows that an input takes of them."""

from __future__ import annotations

from datetime import timedelta
from types import new_class
from typing import TYPE_CHECKING, Annotated, Literal

import pydantic
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError, model_validator

from influx_pipelines.flux.durations import parse_flux
from influx_pipelines.influx.measurement import TYPE_NAMES, Field, FieldType, Measurement, Tag, Time

if TYPE_CHECKING:
    from influx_pipelines.influx.writing.layout import Layout

TYPES: dict[str, FieldType] = {text: kind for kind, text in TYPE_NAMES.items()}

# RFC 3339, or a duration counted back from now.
Moment = Annotated[AwareDatetime | str, pydantic.Field(union_mode="left_to_right")]


class Declared(BaseModel):
    """The points of an asset: where they are kept, what they consist of, how they are loaded.

    `declared_by` is the class that declares them all; a column that it does not know is refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    measurement: str
    declared_by: str = ""
    bucket: str = ""
    tags: tuple[str, ...] = ()
    fields: dict[str, str] | tuple[str, ...] | None = None
    time: str = "time"
    precision: Literal["ns", "us", "ms", "s"] = "ns"
    partition_tag: str | None = None
    load_range: str | None = None
    replace: Literal["window"] | None = None
    plot: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _fits(self) -> Declared:
        for name, text in self.fields.items() if isinstance(self.fields, dict) else ():
            if text not in TYPES:
                raise ValueError(f"field {name!r} is declared {text!r}: write {', '.join(TYPES)}")
        for name in self.plot or ():
            if self.fields is not None and name not in self.fields:
                raise ValueError(f"plot: {name!r} is not one of the fields")
        if self.partition_tag is not None and self.partition_tag not in self.tags:
            raise ValueError(f"partition_tag: {self.partition_tag!r} is not one of the tags")
        if self.back is not None and self.back <= timedelta():
            raise ValueError(f"load_range: {self.load_range!r} is not in the past: write -30d")
        return self

    @property
    def back(self) -> timedelta | None:
        """The length of `load_range`.

        Raises:
            DurationError: it is no duration, or has calendar months, which have no length.
        """
        return timedelta(seconds=-parse_flux(self.load_range).seconds) if self.load_range else None

    @property
    def types(self) -> dict[str, FieldType]:
        """Types of the fields, where they are declared."""
        fields = self.fields if isinstance(self.fields, dict) else {}
        return {name: TYPES[text] for name, text in fields.items()}

    def source(self) -> str | type[Measurement]:
        """What `Influx.read` takes: a class where the types of the fields are declared."""
        if not self.types:
            return self.measurement
        columns = [
            Time(name=self.time),
            *(Tag(name=name) for name in self.tags),
            *(Field(kind, name=name) for name, kind in self.types.items()),
        ]
        return new_class(
            self.declared_by or "Declared",
            (Measurement,),
            {"name": self.measurement, "precision": self.precision},
            lambda body: body.update({f"column_{n}": column for n, column in enumerate(columns)}),
        )

    def layout(self) -> Layout:
        """How columns become points."""
        from influx_pipelines.influx.writing.layout import Layout

        fields = self.types if isinstance(self.fields, dict) else self.fields
        return Layout(
            self.measurement, self.tags, fields, self.time, self.precision, self.declared_by
        )


class Wanted(BaseModel):
    """The rows that an input takes; `start` and `stop` stand in the place of the partition's."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fields: tuple[str, ...] | None = None
    tags: dict[str, str | tuple[str, ...]] = {}
    start: Moment | None = None
    stop: Moment | None = None
    every: str | None = None
    fn: str = "mean"
    via: str = "flux"


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """What is wrong with the values for a model, in one line."""
    texts = []
    for problem in error.errors(include_url=False, include_context=False):
        text = problem["msg"].removeprefix("Value error, ")
        if problem["type"] == "extra_forbidden":
            text = f"is none of {', '.join(model.model_fields)}"
        texts.append(": ".join([*map(str, problem["loc"][:1]), text]))
    return "; ".join(texts)
