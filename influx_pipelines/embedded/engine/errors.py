"""What can go wrong in a script, with the error code that the server answers."""

from __future__ import annotations

from influx_pipelines.flux.ast import Node, span


class FluxError(Exception):
    """A script that cannot be run to its end.

    `code` is the server's error code: invalid, not found, not implemented, internal error.
    `placed` says that the message already tells where; `reason` is the message without that.
    """

    def __init__(self, message: str, code: str = "invalid", *, placed: bool = False) -> None:
        super().__init__(message)
        self.message = self.reason = message
        self.code = code
        self.placed = placed


class ArgumentError(FluxError):
    """A wrong argument; the call tells its place."""

    def __init__(self, message: str, argument: str | None = None) -> None:
        super().__init__(message)
        self.argument = argument


def place(node: Node) -> str:
    """`@1:2-3:4`, as the real server names the place of a node."""
    return f"@{span(node.at, node.end)}"


def compile_error(message: str, node: Node) -> FluxError:
    """A wrong name or type, found before anything runs."""
    return FluxError(f"error {place(node)}: {message}", placed=True)


def execute_error(message: str, code: str = "invalid") -> FluxError:
    """What fails between planning and running."""
    return FluxError(f"failed to initialize execute state: {message}", code, placed=True)


def plain_error(message: str) -> FluxError:
    """An error without a code, as Go's own are: a 500, within `map` a 400."""
    return FluxError(message, "internal error")


def in_map(error: FluxError) -> FluxError:
    """What becomes of an error of a row's function; one found by looking at the script stays."""
    of_script = isinstance(error, ArgumentError) or (error.placed and error.message == error.reason)
    if of_script or error.message.startswith("panic"):
        return error
    code = "invalid" if error.code == "internal error" else error.code
    return FluxError(f"failed to evaluate map function: {error.reason}", code)


def null_error(kind: str = "error") -> FluxError:
    """Null where a function takes none: a plain `error`, an `invalid` argument, or a `panic`."""
    if kind == "invalid":
        return FluxError("unexpected null")
    return plain_error("panic: unexpected null" if kind == "panic" else "unexpected null")


def too_much(what: str) -> FluxError:
    """The refusal of what this server was not made for."""
    return FluxError(f"{what} is too much for the embedded server", placed=True)


def not_supported(what: str) -> FluxError:
    """The refusal of what InfluxDB knows and we do not."""
    message = f"{what} is not supported by the embedded server"
    return FluxError(message, "not implemented", placed=True)
