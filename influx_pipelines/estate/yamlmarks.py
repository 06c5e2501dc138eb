"""YAML with the line and column of every value, so that errors can point at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

DEEPEST = 50
MOST = 1_000_000
TOO_DEEP = f"lists and mappings within each other, more than {DEEPEST} of them"

Path = tuple[str | int, ...]
Mark = tuple[int, int]


@dataclass(slots=True)
class Marked:
    """A document; `marks` tells where the value of a path begins, `keys` where its key does."""

    value: Any
    marks: dict[Path, Mark] = field(default_factory=dict)
    keys: dict[Path, Mark] = field(default_factory=dict)
    repeated: list[tuple[Path, Mark]] = field(default_factory=list)

    def place(self, path: Path) -> Mark:
        """Where a path stands; of its nearest ancestor when it is not there."""
        while path:
            found = self.keys.get(path) or self.marks.get(path)
            if found:
                return found
            path = path[:-1]
        return self.marks.get((), (1, 1))


def read(text: str) -> Marked:
    """The one document of a text.

    Raises:
        yaml.YAMLError: with the place, when it is no YAML, or such as nobody writes: aliases of
            aliases, an alias that holds itself, keys that are lists.
    """
    try:
        loader = yaml.SafeLoader(text)
    except yaml.reader.ReaderError as error:  # it tells no line
        before = text[: error.position].split("\n")
        mark = yaml.Mark("", error.position, len(before) - 1, len(before[-1]), "", 0)
        text = f"the character U+{error.character:04X} is not allowed"
        raise yaml.constructor.ConstructorError(None, None, text, mark) from None
    try:
        node = loader.get_single_node()
        marked = Marked(None)
        if node is not None:
            marked.value = _value(loader, node, (), marked)
        return marked
    except RecursionError:
        raise yaml.constructor.ConstructorError(None, None, TOO_DEEP) from None
    finally:
        loader.dispose()


def _mark(node: yaml.Node) -> Mark:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _refused(node: yaml.Node, text: str) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, text, node.start_mark)


def _value(loader: yaml.SafeLoader, node: yaml.Node, path: Path, marked: Marked) -> Any:
    if len(path) > DEEPEST:  # an alias that holds itself has no end
        raise _refused(node, TOO_DEEP)
    if len(marked.marks) >= MOST:
        raise _refused(node, f"more than {MOST:,} values, or aliases that come to as many")
    marked.marks[path] = _mark(node)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(loader, node)
    if not node.tag.endswith((":seq", ":map")):
        raise _refused(node, f"the tag {node.tag} is not known")
    if not isinstance(node, yaml.MappingNode):
        return [_value(loader, n, (*path, i), marked) for i, n in enumerate(node.value)]
    written = {id(key_node) for key_node, _ in node.value}
    loader.flatten_mapping(node)  # what `<<` brings stands before, to be overridden
    found: dict[Any, Any] = {}
    own = set()
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _refused(key_node, "a key must be a text")
        key = _scalar(loader, key_node)
        inner = (*path, key)
        if key in own:
            marked.repeated.append((inner, _mark(key_node)))
        if id(key_node) in written:
            own.add(key)
        marked.keys[inner] = _mark(key_node)
        found[key] = _value(loader, value_node, inner, marked)
    return found


def _scalar(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    """A value that is no list and no mapping; YAML takes 2026-13-45 for a date."""
    try:
        value = loader.construct_object(node, deep=True)
        str(value).encode()
    except UnicodeEncodeError:
        raise _refused(node, "half of a surrogate pair is no character") from None
    except (ValueError, KeyError, AttributeError):
        kind = node.tag.rpartition(":")[2]
        raise _refused(node, f"{node.value!r} is no {kind}: put a text in quotes") from None
    return value
