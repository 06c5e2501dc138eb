"""A JSON body: fields by their type, as Go's structs take them."""

from __future__ import annotations

from typing import Any

from influx_pipelines.embedded.http.answers import Fault
from influx_pipelines.embedded.http.gojson import decode, go_type
from influx_pipelines.embedded.http.ids import IdError, checked_id

_LIMITS = {"int32": 1 << 31, "int64": 1 << 63}


class Body(dict[str, Any]):
    """An object whose fields are found without regard to case.

    `prefix` stands before every message, `struct` before the name of a field; errors have `code`.
    """

    def __init__(
        self, fields: dict[str, Any], prefix: str = "", struct: str = "", code: str = "invalid"
    ) -> None:
        super().__init__((name.lower(), value) for name, value in fields.items())
        self.fields, self.prefix, self.struct, self.code = fields, prefix, struct, code

    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        """A field as it came."""
        return super().get(name.lower(), default)

    @classmethod
    def read(cls, body: bytes, prefix: str, struct: str, code: str) -> Body:
        """The object that a request brought; null is an empty one.

        Raises:
            Fault: the body is no JSON object.
        """
        try:
            value = decode(body)
        except ValueError as error:
            raise Fault(code, f"{prefix}{error}") from None
        if not isinstance(value, dict | None):
            into = f"Go value of type {struct}" if struct else "Go value"
            raise Fault(code, f"{prefix}json: cannot unmarshal {go_type(value)} into {into}")
        return cls(value or {}, prefix, struct and f"{struct.rpartition('.')[2]}.", code)

    def _typed(self, name: str, value: Any, kinds: tuple[type, ...], wanted: str) -> Any:
        if value is None or type(value) in kinds:  # not isinstance: a bool is no number here
            return value
        raise self._misfit(name, go_type(value), wanted)

    def _misfit(self, name: str, given: str, wanted: str) -> Fault:
        into = f"Go struct field {self.struct}{name}" if name else "Go value"
        text = f"json: cannot unmarshal {given} into {into} of type {wanted}"
        return Fault(self.code, f"{self.prefix}{text}")

    def text(self, name: str, default: str = "") -> str:
        """A text; the default where it is missing or null.

        Raises:
            Fault: it is of another type; so do the other readers.
        """
        value = self._typed(name, self.get(name), (str,), "string")
        return default if value is None else str(value)

    def given(self, *names: str) -> dict[str, str]:
        """Those of several texts that are there."""
        return {name: self.text(name) for name in names if self.get(name) is not None}

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self._typed(name, self.get(name), (bool,), "bool")
        return default if value is None else bool(value)

    def integer(self, name: str, wanted: str = "int64") -> int | None:
        """A whole number that Go's type can hold."""
        value: int | None = self._typed(name, self.get(name), (int, float), wanted)
        limit = _LIMITS[wanted]
        if value is not None and (isinstance(value, float) or not -limit <= value < limit):
            raise self._misfit(name, f"number {value}", wanted)
        return value

    def number(self, name: str) -> float | None:
        """A number."""
        value: float | None = self._typed(name, self.get(name), (int, float), "float64")
        return value

    def id(self, name: str) -> str | None:
        """An ID; None where it is missing."""
        text = self._typed(name, self.get(name), (str,), "platform.ID")
        try:
            return None if text is None else checked_id(text)
        except IdError as error:
            raise Fault("invalid", f"{self.prefix}{error}") from None

    def object(self, name: str, struct: str = "struct") -> Body:
        """An object; empty where it is missing."""
        return self._nested(name, self.get(name), struct)

    def objects(self, name: str, struct: str = "struct") -> list[Body]:
        """Several objects."""
        return [self._nested(name, item, struct) for item in self.array(name, f"[]{struct}")]

    def _nested(self, name: str, value: Any, struct: str) -> Body:
        fields = self._typed(name, value, (dict,), struct) or {}
        path = f"{self.struct.partition('.')[2]}{name}."
        return Body(fields, self.prefix, f"{struct.rpartition('.')[2]}.{path}", self.code)

    def texts(self, name: str) -> list[str]:
        """Several texts."""
        items = self.array(name, "[]string")
        return [self._typed(name, item, (str,), "string") or "" for item in items]

    def text_map(self, name: str = "") -> dict[str, str]:
        """Texts by names of the client's choice, in a field or as the whole body."""
        value = self.get(name) if name else self.fields
        found = self._typed(name, value, (dict,), "map[string]string") or {}
        return {key: self._typed(name, text, (str,), "string") or "" for key, text in found.items()}

    def array(self, name: str, wanted: str = "array") -> list[Any]:
        """An array; empty where it is missing."""
        return self._typed(name, self.get(name), (list,), wanted) or []
