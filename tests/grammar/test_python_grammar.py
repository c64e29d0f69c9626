from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.grammar import Grammar, Policy, compile_grammar, python_body, python_function
from engine.grammar.python.policy import PURE_MODULES

Accepts = Callable[[Grammar, str], bool]
Corpus = Callable[[str], list[tuple[str, str]]]

BODY = python_body(Policy())
HEADER = 'def clamp(value: int, *, sep: str = "\\n") -> int:'


def test_accepted_bodies(accepts: Accepts, corpus: Corpus) -> None:
    documents = corpus("python_accepted.txt")
    assert len(documents) >= 60
    assert [title for title, text in documents if not accepts(BODY, text)] == []


def test_accepted_bodies_are_python(corpus: Corpus) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" is among them
        for title, text in corpus("python_accepted.txt"):
            compile(f"def function():\n{text}", title, "exec")


def test_rejected_bodies(accepts: Accepts, corpus: Corpus) -> None:
    documents = corpus("python_rejected.txt")
    assert len(documents) >= 60
    assert [title for title, text in documents if accepts(BODY, text)] == []


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(imports=frozenset()),
        Policy(denied=frozenset()),
        Policy(private=True),
        Policy.for_effects(["prints to stdout", "reads a file"]),
    ],
)
def test_every_policy_compiles(policy: Policy, accepts: Accepts) -> None:
    for grammar in (python_body(policy), python_function(HEADER, policy)):
        compile_grammar(grammar)
    assert accepts(python_body(policy), "    return 1\n")


def test_the_text_depends_on_the_policy_alone() -> None:
    assert python_body(Policy()) == python_body(Policy(imports=PURE_MODULES | set()))
    assert python_body(Policy()).ebnf != python_body(Policy().allowing(["input"])).ebnf


def test_gbnf_rule_names_and_references(walker: Any) -> None:
    gbnf = python_function(HEADER, Policy()).to_gbnf()
    names = [line.split(" ::= ", 1)[0] for line in gbnf.splitlines()]
    assert len(names) == len(set(names)), "a rule is defined twice"
    assert all(re.fullmatch("[A-Za-z0-9-]+", name) for name in names)
    used = {node.value for rule in walker(gbnf).rules.values() for node in _nodes(rule) if node.kind == "rule"}
    assert used - set(names) == set(), "a rule is missing"
    assert set(names) - used == {"root"}, "a rule is never used"


def test_no_rule_is_left_recursive(walker: Any) -> None:
    """llama.cpp refuses left recursion: a rule must not come round to itself without a character."""
    rules = walker(BODY.to_gbnf()).rules
    empty: set[str] = set()
    while grown := {name for name in rules if _may_be_empty(rules[name], empty)} - empty:
        empty |= grown
    for name in rules:
        reached: set[str] = set()
        todo = _first(rules[name], empty)
        while todo:
            rule = todo.pop()
            reached.add(rule)
            todo |= _first(rules[rule], empty) - reached
        assert name not in reached


def _nodes(node: Any) -> Iterator[Any]:
    yield node
    for item in node.items:
        yield from _nodes(item)


def _may_be_empty(node: Any, empty: set[str]) -> bool:
    if node.kind == "repeat":
        return node.least == 0 or _may_be_empty(node.items[0], empty)
    if node.kind == "choice":
        return any(_may_be_empty(item, empty) for item in node.items)
    if node.kind == "sequence":
        return all(_may_be_empty(item, empty) for item in node.items)
    return node.value in empty or node.value == ""


def _first(node: Any, empty: set[str]) -> set[str]:
    """The rules that a text of ``node`` may begin with."""
    if node.kind == "rule":
        return {node.value}
    found: set[str] = set()
    for item in node.items:
        found |= _first(item, empty)
        if node.kind == "sequence" and not _may_be_empty(item, empty):
            break
    return found


def test_a_closing_fence_ends_the_body(accepts: Accepts) -> None:
    """The header is prefilled inside a fenced block, so the model has to be able to close it."""
    assert accepts(BODY, "    return 1\n```")
    assert accepts(BODY, "    if x:\n        return 1\n\n```")
    assert not accepts(BODY, "    return 1```")
    assert not accepts(BODY, "    return 1\n```\nmore")
    assert not accepts(BODY, "```")


def test_a_whole_function(accepts: Accepts) -> None:
    grammar = python_function(HEADER, Policy())
    body = "\n    return value\n"
    assert accepts(grammar, HEADER + body)
    assert accepts(grammar, f"import re\nfrom math import floor, ceil as up\n\n\n{HEADER}{body}")
    assert accepts(grammar, f"{HEADER}  # clamps\n    return 1")
    assert not accepts(grammar, HEADER)
    assert not accepts(grammar, f"import os\n{HEADER}{body}")
    assert not accepts(grammar, HEADER.replace("int", "float") + body)
    assert not accepts(python_function(HEADER, Policy(imports=frozenset())), f"import re\n{HEADER}{body}")


def test_denied_names_follow_the_policy(accepts: Accepts) -> None:
    printing = python_body(Policy.for_effects(["prints the result"]))
    for text in ("    print(x)\n", "    printer = 1\n"):
        assert accepts(printing, text)
        assert not accepts(BODY, text)
    assert not accepts(printing, "    open(x)\n")


def test_every_allowed_module_can_be_imported(accepts: Accepts) -> None:
    for module in PURE_MODULES:
        assert accepts(BODY, f"    import {module}\n"), module
        __import__(module)


def test_what_was_accepted_stays_inside_the_function(corpus: Corpus) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for title, text in corpus("python_accepted.txt"):
            assert len(ast.parse(f"def function():\n{text}").body) == 1, title
