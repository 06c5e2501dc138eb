"""Run a script from its text to its results."""

from __future__ import annotations

from influx_pipelines.embedded.engine import functions  # noqa: F401  (fills the registry)
from influx_pipelines.embedded.engine.calls import Caller, Deadline
from influx_pipelines.embedded.engine.compiler import Closure, Compiler
from influx_pipelines.embedded.engine.context import Reader, Run
from influx_pipelines.embedded.engine.errors import FluxError, compile_error, not_supported
from influx_pipelines.embedded.engine.functions.names import REFUSED
from influx_pipelines.embedded.engine.registry import PACKAGES, Package
from influx_pipelines.embedded.engine.scope import Scope
from influx_pipelines.embedded.engine.syntax import label, shared_names
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import Time
from influx_pipelines.flux import ast
from influx_pipelines.flux.parser import FluxSyntaxError, parse

SECONDS = 120.0
Step = tuple[str | None, Closure]  # the name to set, if any, and what to evaluate


def run(
    script: str,
    reader: Reader,
    now: int,
    extern: ast.File | None = None,
    deadline: Deadline | None = None,
) -> dict[str, Stream]:
    """The results of a script by name.

    Raises:
        FluxError: with the server's error code.
    """
    try:
        return _Program(reader, now, deadline or Deadline(SECONDS)).run(parse(script), extern)
    except FluxSyntaxError as error:
        raise FluxError(f"compilation failed: {error}") from None
    except RecursionError:
        raise FluxError("compilation failed: the script is nested too deeply") from None


class _Program:
    """One run: globals, then statement by statement."""

    def __init__(self, reader: Reader, now: int, deadline: Deadline) -> None:
        members = dict(PACKAGES["universe"].members)
        self.scope = Scope(members)
        caller = Caller(deadline)
        self.run_ = Run(reader, caller, self.scope, Time(now))
        caller.run = self.run_
        self.compiler = Compiler(caller, dict(members))
        self.assigned: set[str] = set()

    def run(self, file: ast.File, extern: ast.File | None) -> dict[str, Stream]:
        """Everything compiles before anything runs."""
        statements = [*(extern.body if extern else []), *file.body]
        for declaration in (extern.imports if extern else []) + file.imports:
            self._import(declaration)
        steps = [self._compile(statement) for statement in statements]
        shared = shared_names(statements)
        for name, closure in steps:
            value = closure(self.scope)
            if isinstance(value, Stream):
                value.shared = value.shared or name in shared
            if name is not None:
                self.scope.values[name] = value
            elif isinstance(value, Stream) and not value.yielded:
                self.run_.add_result("_result", value)
        return self._results()

    def _results(self) -> dict[str, Stream]:
        self.run_.finish()
        if not self.run_.results:
            raise FluxError(
                "error in query specification while starting program: this Flux script returns no "
                'streaming data. Consider adding a "yield" or invoking streaming functions '
                "directly, without performing an assignment"
            )
        return self.run_.results

    def _import(self, declaration: ast.ImportDeclaration) -> None:
        path = declaration.path.value
        if path in REFUSED:
            raise not_supported(f"package {path}")
        if path not in PACKAGES:
            raise compile_error(f"invalid import path {path}", declaration)
        name = declaration.alias.name if declaration.alias else path.rpartition("/")[2]
        self.scope.values[name] = self.compiler.library[name] = self.run_.package(path)

    def _compile(self, statement: ast.Statement) -> Step:
        match statement:
            case ast.ExpressionStatement():
                return None, self.compiler.expression(statement.expression)
            case ast.VariableAssignment():
                return self._assignment(statement, again=False)
            case ast.OptionStatement(assignment=ast.VariableAssignment() as assignment):
                return self._assignment(assignment, again=True)
            case ast.OptionStatement(assignment=ast.MemberAssignment() as assignment):
                return None, self._option(assignment)
        raise compile_error("unexpected statement", statement)

    def _option(self, statement: ast.MemberAssignment) -> Closure:
        """`option package.name = value`."""
        owner, name = statement.member.object, label(statement.member)
        package = self.scope.values.get(owner.name) if isinstance(owner, ast.Identifier) else None
        if not isinstance(package, Package) or name not in package.options:
            raise not_supported(f"option {name} of a package")
        closure = self.compiler.expression(statement.init)
        return lambda scope: package.members.update({name: closure(scope)})

    def _assignment(self, statement: ast.VariableAssignment, *, again: bool) -> Step:
        name = statement.id.name
        if name in self.assigned and not again:
            raise compile_error(f"variable {name} reassigned", statement)
        if again and name in self.assigned:
            raise compile_error(f"option {name} reassigned", statement)
        closure = self.compiler.expression(statement.init)
        self.assigned.add(name)
        self.compiler.known[-1].add(name)
        return name, closure
