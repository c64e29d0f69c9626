"""Python source with its places: which characters belong to which node of the syntax tree.

``ast`` says where a node begins and ends, but not which parentheses around it belong to it, and it
counts UTF-8 bytes. The text form needs the exact characters of an argument, so this module joins the
tree with the tokens.
"""

from __future__ import annotations

import ast
import contextlib
import io
import tokenize
import warnings
from collections.abc import Generator
from typing import NamedTuple

_LAYOUT = frozenset(
    {tokenize.NL, tokenize.NEWLINE, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)

NOT_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What :func:`parse_python` raises: ValueError for null bytes, the last two for absurd nesting."""


class Position(NamedTuple):
    """A place in a text: ``line`` and ``column`` count from 1, ``column`` in characters."""

    line: int
    column: int


@contextlib.contextmanager
def without_warnings() -> Generator[None, None, None]:
    """Keeps CPython's warnings about a text off standard error, where they would tear up a screen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def parse_python(text: str) -> ast.Module:
    """``ast.parse`` without warnings on standard error (an invalid ``\\d`` in a string is not news here).

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: see :data:`NOT_PYTHON`.
    """
    with without_warnings():
        return ast.parse(text)


def parse_expression(text: str) -> ast.expr:
    """The syntax tree of one expression; raises what :func:`parse_python` raises."""
    with without_warnings():
        return ast.parse(text, mode="eval").body


class PythonSource:
    """A parsed Python text.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: the text is not Python.
    """

    def __init__(self, text: str) -> None:
        # Python itself reads every kind of line ending as "\n".
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self._lines = text.split("\n")
        self.tree = parse_python(text)
        self._tokens = _significant_tokens(text)
        self._starting = {token.start: index for index, token in enumerate(self._tokens)}
        self._ending = {token.end: index for index, token in enumerate(self._tokens)}
        self._opening = _opening_brackets(self._tokens)

    def position(self, node: ast.stmt | ast.expr | ast.arg | ast.keyword) -> Position:
        """Where ``node`` begins."""
        line, column = self._place(node.lineno, node.col_offset)
        return Position(line, column + 1)

    def name_position(self, function: ast.FunctionDef) -> Position:
        """Where the name of ``function`` stands, right after ``def``."""
        keyword = self._starting[self._place(function.lineno, function.col_offset)]
        line, column = self._tokens[keyword + 1].start
        return Position(line, column + 1)

    def expression(self, node: ast.expr, call: ast.Call | None = None) -> tuple[str, Position]:
        """The text of an expression with its own parentheses, and where it begins.

        Text on one line comes back as it stands. An expression over several lines is joined to one
        and loses its comments.

        Args:
            node: the expression.
            call: the call that ``node`` is an argument of; its parentheses are not the expression's.
        """
        first, last = self._extent(node, call)
        start, end = self._tokens[first].start, self._tokens[last].end
        position = Position(start[0], start[1] + 1)
        if start[0] == end[0]:
            return self._lines[start[0] - 1][start[1] : end[1]], position
        return self._joined(first, last, node), position

    def _extent(self, node: ast.expr, call: ast.Call | None) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        first = self._starting[self._place(node.lineno, node.col_offset)]
        last = self._ending[self._place(node.end_lineno, node.end_col_offset)]
        outermost = -1
        if call is not None and call.end_lineno is not None and call.end_col_offset is not None:
            outermost = self._opening[self._ending[self._place(call.end_lineno, call.end_col_offset)]]
        while first - 1 > outermost and self._opening.get(last + 1) == first - 1:
            first, last = first - 1, last + 1
        return first, last

    def _joined(self, first: int, last: int, node: ast.expr) -> str:
        parts: list[str] = []
        for index in range(first, last + 1):
            token = self._tokens[index]
            if index > first:
                before = self._tokens[index - 1]
                same_line = before.end[0] == token.start[0]
                line = self._lines[token.start[0] - 1]
                parts.append(line[before.end[1] : token.start[1]] if same_line else " ")
            parts.append(token.string)
        text = "".join(parts)
        try:
            same = ast.dump(parse_expression(text)) == ast.dump(node)
        except SyntaxError:
            same = False
        return text if same else ast.unparse(node)

    def _place(self, line: int, offset: int) -> tuple[int, int]:
        """A node's line and byte offset as a token's line and character offset."""
        return line, len(self._lines[line - 1].encode()[:offset].decode(errors="replace"))


def _significant_tokens(text: str) -> list[tokenize.TokenInfo]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except tokenize.TokenError as error:
        message, (line, column) = error.args
        raise SyntaxError(message, ("<specification>", line, column + 1, None)) from None
    return [token for token in tokens if token.type not in _LAYOUT]


def _opening_brackets(tokens: list[tokenize.TokenInfo]) -> dict[int, int]:
    """For each closing bracket, by index, the index of the bracket it closes."""
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for index, token in enumerate(tokens):
        if token.type != tokenize.OP:
            continue
        if token.string in "([{":
            opened.append(index)
        elif token.string in ")]}" and opened:
            pairs[index] = opened.pop()
    return pairs


def put(code: str, place: ast.expr, text: str) -> str:
    """``code`` with ``text`` in the place of one of its expressions, to the letter."""
    data = code.encode()
    lines = data.splitlines(keepends=True)
    start = sum(map(len, lines[: place.lineno - 1])) + place.col_offset
    end = sum(map(len, lines[: (place.end_lineno or 0) - 1])) + (place.end_col_offset or 0)
    return (data[:start] + text.encode() + data[end:]).decode(errors="replace")
