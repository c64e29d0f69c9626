"""The statements of the text form and how their arguments are read."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from difflib import get_close_matches

from engine.ir.source import Position, PythonSource
from engine.ir.text_errors import spec_error


@dataclass(frozen=True)
class Form:
    """One kind of statement: a sample for messages, and its arguments in order.

    The first ``required`` arguments must be given; those in ``keywords`` only by name.
    ``expression`` says that the first argument is a Python expression.
    """

    sample: str
    positional: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    required: int = 1
    expression: bool = False


FORMS: dict[str, Form] = {
    "intent": Form('intent("what it is for", "why")', ("summary", "rationale")),
    "named": Form('named(class_, "class")', ("alias", "name"), required=2),
    "param": Form('param(value, "what it means")', ("name", "description"), keywords=("default", "default_source")),
    "requires": Form('requires(low <= high, "why")', ("predicate", "rationale"), expression=True),
    "ensures": Form('ensures(result >= 0, "why")', ("predicate", "rationale"), expression=True),
    "raises": Form("raises(ValueError, low > high)", ("exception", "condition"), expression=True),
    "effect": Form('effect("what it does beside returning a value")', ("description",)),
    "example": Form("example(clamp(15, 0, 10) == 10)", ("call", "result"), expression=True),
    "hole": Form(
        'hole("nan", kind="signature", type=bool, ask="Should NaN be rejected?", options=["yes", "no"])',
        ("identifier",),
        keywords=("kind", "type", "ask", "options"),
    ),
}
"""Every statement that may stand in a specification, by its name."""


class Arguments:
    """The arguments of one statement, bound to the names in its form and read on demand.

    Raises:
        SpecSyntaxError: an argument is missing, unknown, given twice, or (when it is read) not
            what it should be.
    """

    def __init__(self, source: PythonSource, call: ast.Call, statement: str) -> None:
        self.position = source.position(call)
        self._source = source
        self._call = call
        self._statement = statement
        self._form = FORMS[statement]
        self._nodes = self._bind()

    def has(self, name: str) -> bool:
        """Whether the argument was given."""
        return name in self._nodes

    def string(self, name: str, default: str = "") -> str:
        """A plain string."""
        node = self._nodes.get(name)
        return default if node is None else self._string(node, name)

    def strings(self, name: str) -> list[str]:
        """A list of plain strings."""
        node = self._nodes.get(name)
        if node is None:
            return []
        if not isinstance(node, ast.List | ast.Tuple):
            raise self._error(node, f"{name} is not a list", 'Write a list of strings: ["yes", "no"].')
        return [self._string(element, name) for element in node.elts]

    def name(self, name: str) -> str:
        """A bare name, such as a parameter of the header."""
        node = self._nodes[name]
        if isinstance(node, ast.Name):
            return node.id
        raise self._error(node, f"{self._statement} begins with a name", f"Write {self._form.sample}.")

    def name_or_string(self, name: str) -> str:
        """A plain string; a bare name stands for itself."""
        node = self._nodes[name]
        return node.id if isinstance(node, ast.Name) else self._string(node, name)

    def expression(self, name: str, default: str = "") -> str:
        """An expression as it stands, or a string that holds what cannot stand there."""
        node = self._nodes.get(name)
        if node is None:
            return default
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        return self.code(name)

    def code(self, name: str) -> str:
        """An expression as it stands; a string is one too."""
        return self._source.expression(self._nodes[name], self._call)[0]

    def verbatim_position(self, name: str) -> Position | None:
        """Where an expression begins that stands in the text as it is, on one line; else None."""
        node = self._nodes.get(name)
        if node is None or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
            return None
        return verbatim_position(self._source, node, self._call)

    def place(self, name: str) -> Position:
        """Where the argument begins."""
        return self._source.position(self._nodes[name])

    def comparison(self) -> tuple[tuple[str, Position | None], tuple[str, Position | None]]:
        """Both sides of the only argument, ``left == right``, each with its verbatim position."""
        node = self._nodes["call"]
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.Is):
            raise self._error(
                node,
                "an example says what a call gives",
                f"Write {self._form.sample}; for anything else, example(call, result) with a comma.",
            )
        if len(node.ops) > 1:
            raise self._error(
                node,
                "an example has one comparison",
                "Put the call and its result side by side, with a comma: example(call, result).",
            )
        left, right = node.left, node.comparators[0]
        return self._side(left), self._side(right)

    def _side(self, node: ast.expr) -> tuple[str, Position | None]:
        text, _ = self._source.expression(node, self._call)
        return text, verbatim_position(self._source, node, self._call)

    def _string(self, node: ast.expr, name: str) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        text, _ = self._source.expression(node, self._call)
        raise self._error(node, f"{name} is not a plain string", f"Put it in quotes: {_quoted(text)}.")

    def _bind(self) -> dict[str, ast.expr]:
        form, call = self._form, self._call
        bound: dict[str, ast.expr] = {}
        for index, node in enumerate(call.args):
            if isinstance(node, ast.Starred):
                raise self._error(node, f"{self._statement} takes no starred arguments", "Write them out.")
            if index >= len(form.positional):
                raise self._error(
                    node,
                    f"{self._statement} has too many arguments",
                    f"Write {form.sample}; join several conditions with `and`, or write one statement each.",
                )
            if isinstance(node, ast.GeneratorExp) and _ends_together(node, call):
                raise self._error(
                    node,
                    f"{self._statement} has a generator, which is always true",
                    f"Say whether all or any must hold: {self._statement}(all(x > 0 for x in values)).",
                )
            bound[form.positional[index]] = node
        for keyword in call.keywords:
            self._bind_keyword(bound, keyword)
        missing = [name for name in form.positional[: form.required] if name not in bound]
        if missing:
            raise spec_error(self.position, f"{self._statement} has no {missing[0]}", f"Write {form.sample}.")
        return bound

    def _bind_keyword(self, bound: dict[str, ast.expr], keyword: ast.keyword) -> None:
        known = (*self._form.positional, *self._form.keywords)
        name = keyword.arg
        if name is None:
            raise self._error(keyword, f"{self._statement} takes no ** arguments", "Write them out.")
        if name in bound:
            raise self._error(keyword, f"{self._statement} has two values for {name}", "Remove one of them.")
        if name in known:
            bound[name] = keyword.value
            return
        close = get_close_matches(name, known, n=1)
        if self._form.expression and not close:
            value, _ = self._source.expression(keyword.value, self._call)
            raise self._error(
                keyword, f"`{name} = {value}` does not compare", f'Write "==" to compare: {name} == {value}.'
            )
        todo = f"Did you mean {close[0]}?" if close else f"Write {self._form.sample}."
        raise self._error(keyword, f"{self._statement} has no argument {name}", todo)

    def _error(self, node: ast.expr | ast.keyword, what: str, todo: str) -> Exception:
        return spec_error(self._source.position(node), what, todo)


def verbatim_position(source: PythonSource, node: ast.expr, call: ast.Call | None = None) -> Position | None:
    """Where an expression begins that stands on one line; None for one over several lines."""
    return source.expression(node, call)[1] if node.lineno == node.end_lineno else None


def _ends_together(node: ast.expr, call: ast.Call) -> bool:
    return (node.end_lineno, node.end_col_offset) == (call.end_lineno, call.end_col_offset)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
