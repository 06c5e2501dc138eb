"""What can go wrong in a script, with the error code that the server answers."""

from __future__ import annotations

from influx_pipelines.flux.ast import Node, span


class FluxError(Exception):
    """A script that cannot be run to its end.

    `code` is the server's error code: invalid, not found, not implemented, internal error.
    `placed` says that the message already tells where.
    """

    def __init__(self, message: str, code: str = "invalid", *, placed: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.placed = placed


class ArgumentError(FluxError):
    """A wrong argument; the call tells its place."""

    def __init__(self, message: str, argument: str | None = None) -> None:
        super().__init__(message)
        self.argument = argument


class Died(FluxError):
    """The script stopped itself."""


def place(node: Node) -> str:
    """`@1:2-3:4`, as the real server names the place of a node."""
    return f"@{span(node.at, node.end)}"


def compile_error(message: str, node: Node) -> FluxError:
    """A wrong name or type, found before anything runs."""
    return FluxError(f"error {place(node)}: {message}", placed=True)


def not_supported(what: str) -> FluxError:
    """The refusal of what InfluxDB knows and we do not."""
    message = f"{what} is not supported by the embedded server"
    return FluxError(message, "not implemented", placed=True)
