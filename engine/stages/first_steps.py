"""What a function may have left out at its beginning: to strip, to ignore case, to leave out what is missing, to
answer for nothing, to stop a recursion.

Each is a statement before all others, so that the rest of the code stays as the model wrote it. Guards of this kind
are among the commonest templates of program repair (Kim et al. 2013, doi:10.1109/ICSE.2013.6606626).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

_METHODS = ("strip", "lower")
_CONTAINERS = frozenset({"dict", "list", "set", "str", "tuple"})
_NOTHING = {
    "bool": ("False", "True"),
    "dict": ("{}",),
    "float": ("0.0",),
    "int": ("0",),
    "list": ("[]",),
    "set": ("set()",),
    "str": ("''",),
    "tuple": ("()",),
}
"""What a function may give for nothing, by the class that it is declared to give."""


def first_steps(code: str, tree: ast.Module) -> Iterator[str]:
    """``code``, whose ``tree`` is given, with one more statement at the beginning of one of its functions."""
    for function in tree.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        place = _after_docstring(function)
        for step in (*_normalised(function), *_guarded(function)):
            yield _before(code, place, step)


def _after_docstring(function: ast.FunctionDef) -> ast.stmt:
    return function.body[bool(ast.get_docstring(function)) and len(function.body) > 1]


def _before(code: str, place: ast.stmt, step: str) -> str:
    """``code`` with the lines of ``step`` before the statement at ``place``."""
    lines = code.splitlines(keepends=True)
    indent = " " * place.col_offset
    added = "".join(f"{indent}{line}\n" for line in step.splitlines())
    return "".join([*lines[: place.lineno - 1], added, *lines[place.lineno - 1 :]])


def _normalised(function: ast.FunctionDef) -> Iterator[str]:
    """Texts in another form, one parameter or all of them, and lists without what is missing."""
    texts = [name for name, hint in _hints(function) if _class_of(hint) == "str"]
    lists = [name for name, hint in _hints(function) if _class_of(hint) in ("list", "set", "tuple")]
    of_texts = [name for name, hint in _hints(function) if name in lists and "str" in ast.unparse(hint)]
    for method in _METHODS:
        for names in _one_or_all(texts):
            yield _assigned({name: f"{name}.{method}()" for name in names})
        for names in _one_or_all(of_texts):
            yield _assigned({name: f"[item.{method}() for item in {name}]" for name in names})
    for name in lists:
        yield _assigned({name: f"[item for item in {name} if item is not None]"})


def _one_or_all(names: list[str]) -> list[list[str]]:
    alone = [[name] for name in names]
    return [names, *alone] if len(names) > 1 else alone


def _assigned(values: dict[str, str]) -> str:
    return f"{', '.join(values)} = {', '.join(values.values())}"


def _guarded(function: ast.FunctionDef) -> Iterator[str]:
    """An answer for nothing, and for what is no container where a function goes down into one."""
    for name, hint in _hints(function):
        outer = _class_of(hint)
        if outer not in _CONTAINERS:
            continue
        for answer in _answers(function.returns):
            yield f"if not {name}:\n    return {answer}"
        if _calls_itself(function):
            for answer in ("0", "1", name, f"[{name}]"):
                yield f"if not isinstance({name}, {outer}):\n    return {answer}"


def _answers(returns: ast.expr | None) -> Iterator[str]:
    yield from _NOTHING.get(_class_of(returns), ())
    if returns and "None" in ast.unparse(returns):
        yield "None"


def _calls_itself(function: ast.FunctionDef) -> bool:
    called = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return any(isinstance(func, ast.Name) and func.id == function.name for func in called)


def _hints(function: ast.FunctionDef) -> list[tuple[str, ast.expr]]:
    return [(each.arg, each.annotation) for each in function.args.args if each.annotation]


def _class_of(hint: ast.expr | None) -> str:
    """The class that an annotation names first: ``list`` for ``list[str] | None``."""
    match hint:
        case ast.BinOp(left=left):
            return _class_of(left)
        case ast.Subscript(value=value):
            return _class_of(value)
        case ast.Name(id=name):
            return name.lower()
        case _:
            return ""
