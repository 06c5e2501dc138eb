"""Secrets, by name. The server never tells a value: what was sent is known from the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from influx_pipelines.estate.changes import Change, Finding
from influx_pipelines.estate.kinds.declared import DeclaredKind, Entry
from influx_pipelines.estate.kinds.kind import Doing, Look, Step
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.values import (
    NoValueError,
    from_api_token,
    from_command,
    from_environment,
    from_file,
)
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Forbidden, NotFound, Unauthorized

# What the server makes of the credentials of notification endpoints.
OF_ENDPOINT = re.compile("[0-9a-f]{16}-(token|username|password|routing-key)")


def _name(value: str) -> str:
    if not value or not value.isprintable():
        raise ValueError(f"{value!r} is empty or holds a control character")
    if OF_ENDPOINT.fullmatch(value):
        raise ValueError(f"{value!r} has the form of InfluxDB's own secrets of endpoints")
    return value


class SecretEntry(Entry):
    """A secret: its name, and where its value is when it is sent."""

    name: Annotated[str, AfterValidator(_name)] = Field(
        description="Its name, as in secrets.get(key: …)."
    )
    env: str | None = Field(None, description="The environment variable that holds the value.")
    file: str | None = Field(None, description="The file that holds the value.")
    command: bool = Field(
        False, description="Ask the command of INFLUX_PIPELINES_SECRET_COMMAND for the value."
    )
    api_token: Literal["webhook"] | None = Field(
        None, description="The token with which alerts are posted to the HTTP API."
    )
    version: str = Field("1", description="Write another one when the value has changed.")

    @model_validator(mode="after")
    def _has_one_source(self) -> SecretEntry:
        if bool(self.env) + bool(self.file) + self.command + bool(self.api_token) != 1:
            text = "say where its value is: api_token, env, file, or command: true, one of them"
            raise ValueError(text)
        return self

    @property
    def source(self) -> str:
        """Where the value is, in words."""
        named = {"env": self.env, "file": self.file, "api_token": self.api_token}
        return next((f"{key} {what}" for key, what in named.items() if what), "command")


class SecretKind(DeclaredKind[SecretEntry]):
    """Ours when the ledger says that we sent it."""

    name, key = "secret", "secrets"
    about = "Secrets by name; a value never stands in a file."
    entry = SecretEntry

    def observe(self, client: Influx) -> tuple[str, ...] | None:
        """The names; None when the token may not read them."""
        try:
            return client.secrets()
        except (NotFound, Forbidden, Unauthorized):
            return None

    def steps(self, look: Look) -> Iterator[Step]:
        """A name that is missing, or a version other than the one that was sent."""
        names, sent = look.observed.others.get(self.name), look.ledger.secrets
        entries: Mapping[str, SecretEntry] = look.declared.of(self.key)
        for name, entry in entries.items():
            place = look.declared.place(self.key, name)
            if names is None:
                text = "the token may not read the names of secrets: give it that right"
                yield Finding(self.name, name, "conflict", text)
            elif step := self._declared(entry, name in names, sent.get(name), place):
                yield step
        for name in sorted(sent.keys() & set(names or ()) - entries.keys()):
            yield self._undeclared(name, look.prune)

    def _declared(
        self, entry: SecretEntry, there: bool, sent: Mapping[str, str] | None, place: str
    ) -> Step | None:
        after = {"source": entry.source, "version": entry.version}
        if not there:
            return Change(self.name, entry.name, "create", after=after, place=place)
        if sent is None and not entry.adopt:
            text = "somebody else sent it, or our record of it is lost, and its value cannot be "
            text += "compared. Declare `adopt: true` to send it again"
            return Finding(self.name, entry.name, "conflict", text)
        if sent is None:
            return Change(self.name, entry.name, "adopt", after=after, place=place)
        if sent["version"] == entry.version:
            return None
        before = {"version": sent["version"]}
        return Change(self.name, entry.name, "update", before, after, place=place)

    def _undeclared(self, name: str, prune: bool) -> Step:
        if prune:
            loss = f"the value of the secret {name}, which cannot be read back"
            return Change(self.name, name, "delete", loses_data=loss)
        text = "we sent it, but no file declares it any more; `--prune` deletes it"
        return Finding(self.name, name, "undeclared", text)

    def prepare(self, changes: Sequence[Change], doing: Doing) -> None:
        """Get every value that will be sent.

        Raises:
            EstateError: naming each secret without a value, with its place.
        """
        problems = []
        for change in changes:
            if change.action == "delete":
                continue
            try:
                doing.secrets[change.name] = value_of(
                    change.name, change.after["source"], doing.secret_command, doing.ledger.home
                )
            except NoValueError as error:
                problems.append(Problem.at(change.place, f"secret {change.name}: {error}"))
        if problems:
            raise EstateError(problems)

    def do(self, change: Change, doing: Doing) -> None:
        """The ledger knows of it before it is sent, and that it was sent after."""
        if change.action == "delete":
            doing.client.delete_secret(change.name)
            doing.ledger.remove_secret(change.name)
            return
        value = doing.secrets[change.name].get_secret_value()
        doing.ledger.add_secret(change.name, "being sent", value)
        doing.client.put_secret(change.name, value)
        doing.ledger.add_secret(change.name, change.after["version"], value)


def value_of(name: str, source: str, command: str, home: Path) -> SecretStr:
    """The value of a secret.

    Raises:
        NoValueError: there is none.
    """
    where, _, what = source.partition(" ")
    if where == "env":
        return from_environment(what)
    if where == "api_token":
        return from_api_token(home)
    return from_file(what) if where == "file" else from_command(command, name)


def stale(declared: Estate, ledger: Ledger, command: str) -> dict[str, str]:
    """The secrets whose value is another one than was sent, or gone, each with the reason."""
    found: dict[str, str] = {}
    entries: Mapping[str, SecretEntry] = declared.of("secrets")
    for name, entry in entries.items():
        if name not in ledger.secrets:
            continue
        try:
            value = value_of(name, entry.source, command, ledger.home).get_secret_value()
        except NoValueError as error:
            found[name] = str(error)
            continue
        if not ledger.was_sent(name, value):
            found[name] = "its value is another one than was sent: write another `version`"
    return found
