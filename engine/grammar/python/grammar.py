"""The grammar of one Python function: its body after a header that is sent as prefill, or all of it."""

from __future__ import annotations

import keyword
from functools import lru_cache

from engine.grammar.ebnf import literal
from engine.grammar.grammar import Grammar
from engine.grammar.names import identifier_except
from engine.grammar.python.expressions import expression_rules
from engine.grammar.python.policy import SHUNNED_PREFIXES, Policy
from engine.grammar.python.statements import statement_rules

_HARMLESS_MEMBERS = ("_asdict", "_fields", "_make", "_replace", "__name__")
"""Attributes with a leading underscore that code needs: those of named tuples, and a type's name."""


@lru_cache(maxsize=32)
def python_body(policy: Policy) -> Grammar:
    """The indented lines that follow ``def f(x: int) -> int:`` and its line break.

    The text depends on the policy alone, so that a server compiles it once and not per function.
    A closing Markdown fence may follow: the header is sent as the beginning of a fenced block, and
    a model that may not close it has nothing left to say but more code.
    """
    return Grammar("the function's body", f'root ::= body (tail | newline "```")\n{_rules(policy)}')


def python_function(header: str, policy: Policy) -> Grammar:
    """Optional imports, then exactly ``header`` (``def f(x: int) -> int:``), then a body.

    For endpoints that cannot continue a prefilled answer.
    """
    imports = '(import-line " "* "\\n"){0,8} ("\\n"){0,2} ' if policy.imports else ""
    root = f"root ::= {imports}{literal(header)} newline-after-header body tail"
    after = 'newline-after-header ::= " "* comment? "\\n"'
    return Grammar("the function", f"{root}\n{after}\n{_rules(policy)}")


def _rules(policy: Policy) -> str:
    text = "\n".join((statement_rules(_modules(policy)), expression_rules(), _names(policy)))
    return "\n".join(line for line in text.splitlines() if line)


def _modules(policy: Policy) -> str:
    return " | ".join(literal(module) for module in sorted(policy.imports))


def _names(policy: Policy) -> str:
    """The rules for bare names, and for attributes, keyword arguments and imported names."""
    prefixes = SHUNNED_PREFIXES & policy.denied
    bare = identifier_except({*keyword.kwlist, *policy.denied}, prefixes if policy.private else {*prefixes, "__"})
    if policy.private:
        attribute = identifier_except({*keyword.kwlist, *policy.denied_attributes})
    else:
        members = " | ".join(map(literal, _HARMLESS_MEMBERS))
        attribute = f"{identifier_except({*keyword.kwlist, *policy.denied_attributes}, ('_',))} | {members}"
    return f"name ::= {bare}\nattribute ::= {attribute}"
