"""Whether code can raise an exception at all, as far as its text tells.

A request such as "raise ValueError for anything else" makes a raises-clause without a condition, which no
input can be held against. But code without a ``raise`` for it, and without an operation that raises it, breaks
the promise for certain. In doubt the code can.
"""

from __future__ import annotations

import ast
import builtins

_NAMES = """
    abs add all any append bool capitalize casefold clear copy count defaultdict dict discard endswith enumerate
    extend filter find frozenset get insert isalnum isalpha isascii isdecimal isdigit isinstance islower isnumeric
    isspace issubset issuperset istitle isupper items join keys len list ljust lower lstrip map partition print
    removeprefix removesuffix replace repr reverse reversed rfind rjust rpartition rsplit rstrip set setdefault sort
    sorted split splitlines startswith str strip sum swapcase title tuple type update upper values zfill Counter
"""
_HARMLESS = frozenset(_NAMES.split())
"""Functions and methods that raise none of the exceptions below for arguments of the right types."""

_OPERATIONS: dict[type[Exception], tuple[type[ast.AST], ...]] = {
    KeyError: (ast.Subscript, ast.Delete),
    IndexError: (ast.Subscript, ast.Delete),
    ZeroDivisionError: (ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    ValueError: (ast.Tuple, ast.List),
    OverflowError: (ast.Pow, ast.Mult, ast.LShift),
    AssertionError: (ast.Assert,),
}
"""What raises an exception without a call; unpacking a tuple raises ValueError."""


def can_raise(tree: ast.Module, exception: str) -> bool:
    """Whether something in ``tree`` may raise ``exception`` (the name of a class) or a class derived from it."""
    wanted = getattr(builtins, exception, None)
    if not (isinstance(wanted, type) and issubclass(wanted, Exception)):
        return any(isinstance(node, ast.Raise | ast.Call) for node in ast.walk(tree))
    kinds = [kind for kind in _OPERATIONS if issubclass(kind, wanted)]
    if not kinds:
        return True  # such as TypeError, which nearly every operation raises for some argument
    operations = tuple(operation for kind in kinds for operation in _OPERATIONS[kind])
    for node in ast.walk(tree):
        match node:
            case ast.Raise(exc=None):
                return True
            case ast.Raise(exc=raised):
                if _may_be(raised, wanted):
                    return True
            case ast.Call() if _called(node) not in _HARMLESS and not _is_exception(_called(node)):
                return True
            case ast.Tuple(ctx=context) | ast.List(ctx=context) if not isinstance(context, ast.Store):
                pass
            case _ if isinstance(node, operations):
                return True
            case _:
                pass
    return False


def _may_be(raised: ast.expr | None, wanted: type[Exception]) -> bool:
    """Whether a ``raise`` of this expression may raise ``wanted``."""
    name = _called(raised) if isinstance(raised, ast.Call) else raised.id if isinstance(raised, ast.Name) else ""
    return not _is_exception(name) or issubclass(getattr(builtins, name), wanted)


def _is_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def _called(call: ast.Call) -> str:
    """The name of the function or method that is called; empty for any other expression."""
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""
