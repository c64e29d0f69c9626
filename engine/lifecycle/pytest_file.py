"""A pytest file made from the examples and assertions of a specification.

It says what the check stage checks, so that code which passes here passes there: examples are
compared up to the rounding of floats, ``True`` is not ``1``, what an iterator gives counts as a
list, a result may name an exception, and assertions see the arguments as they were passed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator

from engine.ir.models import IR, Example
from engine.ir.names import dotted_names, free_names, imports_for, is_exception, is_legal_name
from engine.ir.source import NOT_PYTHON, parse_expression, parse_python
from engine.ir.text import render
from engine.lifecycle.errors import NotExportable
from engine.lifecycle.pytest_parts import (
    ARGUMENTS,
    EXAMPLES,
    EXCEPTIONS,
    LOADS,
    POSTCONDITIONS,
    PRECONDITIONS,
    RAISES,
    SAME,
)

SPEC_MARK = "# The specification, in the form that Lift reads:"

_LONGEST_ID = 80
_TAKEN = frozenset(sys.stdlib_module_names) | {"pytest", "conftest"}


def module_name(ir: IR) -> str:
    """The name of the module that the code goes into: the function's, unless a library module has it.

    Raises:
        NotExportable: the function's name cannot be a module's.
    """
    name = ir.signature.name
    if not is_legal_name(name):
        raise NotExportable(
            f"“{name}” cannot name a Python module.", "Give the function a legal name: lift session edit …"
        )
    if name.startswith("test_"):
        return f"_{name}"  # pytest would look for tests in it
    return f"{name}_" if name in _TAKEN else name


def pytest_file(ir: IR, code: str, *, about: str = "") -> str:
    """The text of ``test_<module>.py``.

    Args:
        ir: the specification.
        code: the module that is tested; what its names are bound to can be used by the examples.
        about: where both come from, in one line.

    Raises:
        NotExportable: the function or a parameter has a name that Python does not allow.
    """
    return _File(ir, code).text(about)


def spec_in(text: str) -> str:
    """The specification that an exported pytest file carries in its comments; empty without one."""
    _, found, rest = text.partition(f"{SPEC_MARK}\n")
    lines: list[str] = []
    for line in rest.split("\n") if found else []:
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").removeprefix(" "))
    return "\n".join(lines).strip("\n") + "\n" if lines else ""


class _File:
    def __init__(self, ir: IR, code: str) -> None:
        self._ir = ir
        self._module = module_name(ir)
        self._name = ir.signature.name
        self._defined = _names_bound_by(code)
        self._texts: list[str] = []  # what is evaluated, for its imports
        self._parameters = [p.name.lstrip("*") for p in ir.signature.parameters]
        if illegal := [name for name in self._parameters if not is_legal_name(name)]:
            raise NotExportable(f"“{illegal[0]}” cannot name a parameter.", "Give it a legal name first.")

    def text(self, about: str) -> str:
        tests = [*self._tests()]
        summary = "".join(c if c.isprintable() and c not in '"\\' else " " for c in self._ir.intent.summary)
        docstring = f"Tests of {self._name}: {' '.join(summary.split())}" + (f"\n\n{about}\n" if about else "")
        spec = "".join(f"# {line}".rstrip() + "\n" for line in render(self._ir).rstrip("\n").split("\n"))
        parts = [f'"""{docstring}"""\n\n{SPEC_MARK}\n#\n{spec}', self._imports(tests), *tests]
        return "\n\n".join(part.strip("\n") + "\n" for part in parts)

    def _tests(self) -> Iterator[str]:
        """The helpers that are needed and the tests, in reading order."""
        values, exceptions = self._cases()
        calls = [example for example, _ in values if self._is_plain(example)]
        failing = [example for example, _ in exceptions if self._is_plain(example)]
        if not values and not exceptions:
            yield LOADS.format(name=self._name)
            return
        pre = self._promises((a.predicate for a in self._ir.requires), ()) if calls else ""
        post = self._promises((a.predicate for a in self._ir.ensures), ("result",)) if calls else ""
        raising = self._raising() if calls or failing else ""
        if values:
            yield SAME
        if pre or post or raising:
            yield ARGUMENTS.format(name=self._name, calls=self._calls(calls), failing=self._calls(failing))
        if values:
            cases = (self._case(e, f"lambda: {self._use(e.call)}, lambda: {self._use(e.result)}") for e, _ in values)
            yield EXAMPLES.format(cases="".join(cases))
        if exceptions:
            cases = (self._case(e, f"lambda: {self._use(e.call)}, {self._use(name)}") for e, name in exceptions)
            yield EXCEPTIONS.format(cases="".join(cases))
        if pre:
            yield PRECONDITIONS.format(promises=pre)
        if post:
            yield POSTCONDITIONS.format(name=self._name, promises=post)
        if raising:
            yield RAISES.format(name=self._name, clauses=raising)

    def _cases(self) -> tuple[list[tuple[Example, str]], list[tuple[Example, str]]]:
        """The examples that promise a value, and those that promise an exception, with its name."""
        values: list[tuple[Example, str]] = []
        exceptions: list[tuple[Example, str]] = []
        for example in self._ir.examples:
            if _expression(example.call) and _expression(example.result):
                name = self._expected_exception(example.result)
                (exceptions if name else values).append((example, name))
        return values, exceptions

    def _expected_exception(self, text: str) -> str:
        """The exception that a result names (``ValueError``, ``ValueError("too low")``), or nothing."""
        node = parse_expression(text.strip())
        named = node.func if isinstance(node, ast.Call) else node
        if not isinstance(named, ast.Name | ast.Attribute):
            return ""
        name = ast.unparse(named)
        stated = {clause.exception.strip() for clause in self._ir.raises}
        known = is_exception(name.rpartition(".")[2]) or (name in stated and name in self._defined)
        return name if known else ""

    def _is_plain(self, example: Example) -> bool:
        """Whether the call is one plain call of the function, so that its arguments are known."""
        node = parse_expression(example.call.strip())
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == self._name

    def _case(self, example: Example, values: str) -> str:
        return f"        pytest.param({values}, id={_label(example.call)}),\n"

    def _calls(self, examples: Iterable[Example]) -> str:
        """Calls of whatever stands for the function, so that arguments can be had as well as results."""
        return "".join(
            f"    pytest.param(lambda {self._name}: {self._use(e.call)}, id={_label(e.call)}),\n" for e in examples
        )

    def _promises(self, predicates: Iterable[str], more: tuple[str, ...]) -> str:
        head = ", ".join([*(name for name in self._parameters if name not in more), *more])
        return "".join(
            f"        pytest.param(lambda {head}: {self._use(predicate)}, id={_label(predicate)}),\n"
            for predicate in predicates
            if _expression(predicate)
        )

    def _raising(self) -> str:
        head = ", ".join(self._parameters)
        return "".join(
            f"        pytest.param(lambda {head}: {self._use(clause.condition)}, {self._use(clause.exception)}, "
            f"id={_label(f'{clause.exception} if {clause.condition}')}),\n"
            for clause in self._ir.raises
            if _expression(clause.condition) and self._is_known_exception(clause.exception.strip())
        )

    def _is_known_exception(self, name: str) -> bool:
        if not _expression(name):
            return False
        node = parse_expression(name)
        names = [ast.unparse(item) for item in (node.elts if isinstance(node, ast.Tuple) else [node])]
        return all(is_exception(name.rpartition(".")[2]) or name in self._defined for name in names)

    def _use(self, text: str) -> str:
        """The expression as it can stand in a lambda, noted down for its imports."""
        shown = _expression(text)
        self._texts.append(shown)
        return shown

    def _imports(self, tests: list[str]) -> str:
        own = {self._name, "result", *self._parameters}
        used = {name for text in self._texts for name in dotted_names(text, free_names(text) - own)}
        from_module = {name for name in used if name.partition(".")[0] in self._defined and not imports_for([name])}
        library = imports_for(used)
        written = "".join(tests)
        if "inspect." in written and "import inspect" not in library:
            library.append("import inspect")
        if "Iterator" in written and "from collections.abc import Iterator" not in library:
            library.append("from collections.abc import Iterator")
        library.sort(key=lambda statement: (statement.startswith("from"), statement))
        names = sorted({self._name, *(name.partition(".")[0] for name in from_module)})
        blocks = ["\n".join(library)] if library else []
        blocks += ["import pytest"] if "pytest." in written else []
        blocks += [f"from {self._module} import {', '.join(names)}"]
        # pytest would take a function of that name, imported here, for a test.
        guard = f"\n\n{self._name}.__test__ = False" if self._name.startswith("test") else ""
        return "\n\n".join(blocks) + guard


def _expression(text: str) -> str:
    """``text`` as it can stand in a lambda: as written where that reads the same; empty when it is no expression."""
    text = text.strip()
    try:
        node = parse_expression(text)
        for shown in (text, ast.unparse(node), f"({ast.unparse(node)})"):
            if "\n" in shown or not shown.isprintable():
                continue
            around = _parsed(f"lambda: {shown}")
            if isinstance(around, ast.Lambda) and ast.dump(around.body) == ast.dump(node) and "#" not in shown:
                compile(f"lambda: {shown}", "<expression>", "eval", dont_inherit=True)  # refuses a stray await
                return shown
    except NOT_PYTHON:
        return ""
    return ""


def _parsed(text: str) -> ast.expr | None:
    try:
        return parse_expression(text)
    except NOT_PYTHON:
        return None


def _label(text: str) -> str:
    """``text`` as a string literal that can name a test."""
    line = " ".join(text.split())
    return ascii(line if len(line) <= _LONGEST_ID else line[: _LONGEST_ID - 1] + "…")


def _names_bound_by(code: str) -> frozenset[str]:
    """The names that a module defines, assigns or imports at its top."""
    try:
        tree = parse_python(code)
    except NOT_PYTHON:
        return frozenset()
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        else:
            names |= {target.id for target in ast.walk(node) if isinstance(target, ast.Name)}
    return frozenset(names)
