"""What the parser says when a text is not a specification: the place, the problem, and the fix."""

from __future__ import annotations

from engine.errors import SpecSyntaxError
from engine.ir.source import Position

SKELETON = 'def name(value: int) -> int:\n    """What it is for."""'
"""The smallest specification, shown where there is none."""

# Words in CPython's message, and what to do about it; the first match wins.
_FIXES = (
    ('"=="', 'Write "==" to compare.'),
    ("'=='", 'Write "==" to compare.'),
    (
        "expected an indented block",
        'Indent the lines below the header; the first is its docstring, """like this""".',
    ),
    ("unindent", "Give every line of the body the same indentation."),
    ("unexpected indent", "Give every line of the body the same indentation."),
    ("inconsistent use of tabs", "Indent with spaces only."),
    ("expected ':'", "End the header with a colon."),
    ("was never closed", "Close the bracket."),
    ("unmatched", "Remove the bracket, or open it before."),
    ("does not match opening", "Close the brackets in the order they were opened."),
    ("unterminated triple-quoted", 'End the text with """.'),
    ("unterminated string", "End the text with the quote it began with."),
    ("follows default argument", "Give this parameter a default too, or move it before those that have one."),
    (
        "follows parameter with a default",
        "Give this parameter a default too, or move it before those that have one.",
    ),
    ("forgot a comma", "Add the comma, or put words that are not Python in quotes."),
    ("expected '('", "Write the parameters in parentheses after the name, even if there are none: name()."),
    ("invalid character", "Use the ASCII character, or put the text in quotes."),
    ("null bytes", "Remove the null byte."),
)


def spec_error(position: Position, what: str, todo: str) -> SpecSyntaxError:
    """The error for a problem at ``position``; see :class:`LiftError` for the two texts."""
    return SpecSyntaxError(what, todo, line=position.line, column=position.column)


def not_python(error: BaseException, text: str) -> SpecSyntaxError:
    """CPython's complaint about ``text``, as ours."""
    if isinstance(error, SyntaxError):
        message = error.msg
        position = Position(max(error.lineno or 1, 1), max(error.offset or 1, 1))
    elif isinstance(error, RecursionError | MemoryError):
        return spec_error(Position(1, 1), "the text is nested too deeply", "Write shorter expressions.")
    else:
        message, position = str(error), Position(1, 1)
    if "\0" in text:
        message = "null bytes are not allowed"
        before = text[: text.index("\0")]
        position = Position(before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
    default = "Correct the line; a specification is written as a Python function whose body is clauses."
    todo = next((fix for words, fix in _FIXES if words in message), default)
    return spec_error(position, f"not valid Python: {message}", todo)
