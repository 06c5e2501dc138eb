"""YAML with the line and column of every value, so that errors can point at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

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
        yaml.YAMLError: with the place, when it is no YAML.
    """
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        marked = Marked(None)
        if node is not None:
            marked.value = _value(loader, node, (), marked)
        return marked
    finally:
        loader.dispose()


def _mark(node: yaml.Node) -> Mark:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _value(loader: yaml.SafeLoader, node: yaml.Node, path: Path, marked: Marked) -> Any:
    marked.marks[path] = _mark(node)
    if not isinstance(node, yaml.ScalarNode) and not node.tag.endswith((":seq", ":map")):
        raise yaml.constructor.ConstructorError(
            None, None, f"the tag {node.tag} is not known", node.start_mark
        )
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, n, (*path, i), marked) for i, n in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node, deep=True)
    written = {id(key_node) for key_node, _ in node.value}
    loader.flatten_mapping(node)  # what `<<` brings stands before, to be overridden
    found: dict[Any, Any] = {}
    own = set()
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        inner = (*path, key)
        if key in own:
            marked.repeated.append((inner, _mark(key_node)))
        if id(key_node) in written:
            own.add(key)
        marked.keys[inner] = _mark(key_node)
        found[key] = _value(loader, value_node, inner, marked)
    return found
