"""Scripts from templates: Jinja2, where all that a template puts out becomes a literal of Flux."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import jinja2
from jinja2 import meta
from jinja2.runtime import Context
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from influx_pipelines.flux.durations import parse_flux
from influx_pipelines.flux.literals import render

SUFFIX = ".flux.j2"


class TemplateError(ValueError):
    """A template that gives no script; the message names template, line and remedy."""


class Templates:
    """The templates of a folder, by file name without `.flux.j2`."""

    def __init__(self, folder: Path) -> None:
        self._environment = SandboxedEnvironment(
            loader=jinja2.FileSystemLoader(folder),
            undefined=jinja2.StrictUndefined,
            autoescape=True,
            finalize=_put_out,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._known: dict[str, set[str]] = {}
        # Jinja's own `float` makes 0.0 of what is no number.
        self._environment.filters.update(
            duration=parse_flux, flux=_literal, regex=re.compile, float=float
        )

    def render(self, name: str, values: Mapping[str, Any], **given: Any) -> str:
        """The script that a template gives with these values, each of which it must use.

        Args:
            name: which one.
            values: variables by name.
            given: more of them, which it may use.

        Raises:
            TemplateError: there is no such template, it is broken, a variable that it uses is
                missing, one that is given is used nowhere, or a value has no literal.
        """
        file = f"{name}{SUFFIX}"
        try:
            known = self._known.get(file) or self._known.setdefault(file, self._variables(file))
            unused = values.keys() - known
            if unused:
                raise TemplateError(f"{file} uses no variable {', '.join(sorted(unused))}")
            return self._environment.get_template(file).render({**given, **values})
        except jinja2.TemplateNotFound as error:
            there = ", ".join(self.names()) or "none"
            text = f"there is no template {error.name}: there are {there}"
            raise TemplateError(text) from None
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(f"{error.name}, line {error.lineno}: {error.message}") from None
        except TemplateError:
            raise
        except Exception as error:  # whatever the expressions of a template come to
            place = _place(error.__traceback__, file)
            raise TemplateError(f"{place}: {error}") from None

    def names(self) -> list[str]:
        """The templates of the folder; what begins with an underscore is a part of others."""
        found = self._environment.list_templates(filter_func=lambda n: n.endswith(SUFFIX))
        return [name.removesuffix(SUFFIX) for name in found if not name.startswith("_")]

    def _variables(self, file: str, above: tuple[str, ...] = ()) -> set[str]:
        """The variables of a template and of those that it includes."""
        if file in above:
            raise TemplateError(f"{above[-1]} includes {file}, which includes it: break the circle")
        loader = self._environment.loader
        assert loader is not None
        source = loader.get_source(self._environment, file)[0]
        tree = self._environment.parse(source, file)
        found = meta.find_undeclared_variables(tree)
        parts = filter(None, meta.find_referenced_templates(tree))
        return found.union(*(self._variables(part, (*above, file)) for part in parts))


@jinja2.pass_context  # without it Jinja escapes constants first, and they were taken for Flux
def _put_out(_: Context, value: Any) -> Markup:
    return _literal(value)


def _literal(value: Any) -> Markup:
    """A value as Flux; what is Flux already, as a macro is, stays.

    Raises:
        jinja2.UndefinedError: it is missing.
        ValueError: it has no literal.
    """
    if isinstance(value, jinja2.Undefined):
        str(value)  # raises, with the name of the variable
    return value if isinstance(value, Markup) else Markup(render(value))


def _place(traceback: TracebackType | None, file: str) -> str:
    """Template and line of an error: Jinja gives its frames the names and lines of the source."""
    place = file
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.name.endswith(SUFFIX):
            place = f"{path.name}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
