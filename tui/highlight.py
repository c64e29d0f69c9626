"""Python in colours: which stretches of each line are keywords, names, strings and so on.

Text is appended while it streams, so the syntax tree (tree-sitter) is updated and only the lines
that it touches are looked at again.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal, NamedTuple

from tree_sitter import Language, Node, Parser, Point, Query, QueryCursor, Tree

Part = Literal["keyword", "string", "number", "comment", "function", "type", "constant"]

PARTS: dict[str, Part] = {
    "keyword": "keyword",
    "conditional": "keyword",
    "repeat": "keyword",
    "exception": "keyword",
    "include": "keyword",
    "string": "string",
    "number": "number",
    "float": "number",
    "comment": "comment",
    "function": "function",
    "type": "type",
    "constant": "constant",
    "boolean": "constant",
}
"""Which captures of the grammar's query are shown, by the first part of their names; the others are plain."""

PLAIN = frozenset({"function.call"})
"""Captures that are plain although their first part is shown: where everything stands out, nothing does."""


class Stretch(NamedTuple):
    """Characters ``start`` to ``end`` of a line are a ``part``."""

    start: int
    end: int
    part: Part


@dataclass(frozen=True)
class Line:
    """One line of code, without its end."""

    text: str
    stretches: tuple[Stretch, ...] = ()


class Highlighter:
    """A text that grows at its end, in colours."""

    def __init__(self, text: str = "") -> None:
        language, self._query = _python()
        self._parser = Parser(language)
        self._source = b""
        self._tree: Tree | None = None
        self.lines: list[Line] = [Line("")]
        self.append(text)

    @property
    def text(self) -> str:
        """All of it."""
        return self._source.decode()

    def append(self, text: str) -> int:
        """Add ``text``; returns the index of the first line that looks different now."""
        if not text:
            return len(self.lines)
        first = len(self.lines) - 1
        added = text.encode()
        if self._tree is not None:
            at, place = len(self._source), self._end()
            self._source += added
            self._tree.edit(at, at, len(self._source), place, place, self._end())
            tree = self._parser.parse(self._source, self._tree)
            first = min([first, *(changed.start_point.row for changed in self._tree.changed_ranges(tree))])
        else:
            self._source = added
            tree = self._parser.parse(self._source)
            first = 0
        self._tree = tree
        before, self.lines[first:] = self.lines[first:], self._look(tree, first)
        for index, (old, new) in enumerate(zip(before, self.lines[first:], strict=False)):
            if old != new:
                return first + index
        return first + len(before)

    def _end(self) -> Point:
        last = self._source.rfind(b"\n")
        return Point(self._source.count(b"\n"), len(self._source) - last - 1)

    def _look(self, tree: Tree, first: int) -> list[Line]:
        """The lines from ``first`` on."""
        raw = self._source.split(b"\n")[first:]
        cursor = QueryCursor(self._query)
        cursor.set_point_range(Point(first, 0), Point(first + len(raw), 0))
        parts: list[dict[int, tuple[int, Part]]] = [{} for _ in raw]
        for name, nodes in cursor.captures(tree.root_node).items():
            part = None if name in PLAIN else PARTS.get(name.partition(".")[0])
            if part is not None:
                for node in nodes:
                    self._note(parts, node, first, raw, part)
        return [_line(encoded, found) for encoded, found in zip(raw, parts, strict=True)]

    def _note(
        self, parts: list[dict[int, tuple[int, Part]]], node: Node, first: int, raw: list[bytes], part: Part
    ) -> None:
        start, end = node.start_point, node.end_point
        for row in range(max(start.row, first), min(end.row, first + len(raw) - 1) + 1):
            begin = start.column if row == start.row else 0
            finish = end.column if row == end.row else len(raw[row - first])
            if finish > begin:
                known = parts[row - first].get(begin)
                if known is None or known[0] <= finish:
                    parts[row - first][begin] = (finish, part)


def _line(encoded: bytes, found: dict[int, tuple[int, Part]]) -> Line:
    stretches: list[Stretch] = []
    done = 0
    for begin, (finish, part) in sorted(found.items()):
        if begin >= done:
            start = len(encoded[:begin].decode(errors="replace"))
            stretches.append(Stretch(start, start + len(encoded[begin:finish].decode(errors="replace")), part))
            done = finish
    return Line(encoded.decode(errors="replace"), tuple(stretches))


@functools.cache
def _python() -> tuple[Language, Query]:
    """The grammar, and the query for what to colour that Textual ships with."""
    import tree_sitter_python

    language = Language(tree_sitter_python.language())
    query = (files("textual") / "tree-sitter" / "highlights" / "python.scm").read_text(encoding="utf-8")
    return language, Query(language, query)
