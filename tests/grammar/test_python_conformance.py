"""The Python grammar against Python: real bodies, mutants of them, and random texts of the grammar."""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import random
import sys
import tokenize
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings

from engine.grammar import Grammar, Policy, python_body

Accepts = Callable[[Grammar, str], bool]

MODULES = (
    "bisect calendar colorsys collections copy csv difflib fnmatch fractions heapq html.parser ipaddress"
    " json.decoder json.encoder posixpath pprint random shlex statistics string textwrap urllib.parse"
)
UNRESTRICTED = python_body(
    Policy(
        imports=sys.stdlib_module_names | {"os.path", "collections.abc", "importlib.util"},
        denied=frozenset(),
        denied_attributes=frozenset(),
        private=True,
    )
)
LEFT_OUT = (ast.Global, ast.Await, ast.AsyncFunctionDef, ast.ClassDef, ast.Match)


@pytest.fixture(autouse=True)
def without_warnings() -> Iterator[None]:
    """Odd but valid code warns when it is compiled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture(scope="module")
def bodies() -> list[str]:
    """The bodies of the functions and methods of real modules, without docstrings, as ``ast`` prints them."""
    return [
        body
        for module in MODULES.split()
        for body in _bodies(ast.parse(inspect.getsource(importlib.import_module(module))))
    ]


def _bodies(module: ast.Module) -> Iterator[str]:
    for owner in [module, *(node for node in module.body if isinstance(node, ast.ClassDef))]:
        for node in owner.body:
            if isinstance(node, ast.FunctionDef) and not any(isinstance(x, LEFT_OUT) for x in ast.walk(node)):
                yield _without_docstrings(node)


def _without_docstrings(function: ast.FunctionDef) -> str:
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return "".join(f"{_indented(statement)}\n" for statement in function.body)


def _indented(statement: ast.stmt) -> str:
    return "\n".join(f"    {line}" for line in ast.unparse(statement).splitlines())


def _function(body: str) -> str:
    return "def function():\n" + body.removesuffix("```")


def _compiles(body: str) -> bool:
    try:
        compile(_function(body), "body", "exec")
    except SyntaxError:
        return False
    return True


def test_real_bodies_are_accepted(bodies: list[str], accepts: Accepts) -> None:
    assert len(bodies) >= 200
    refused = [body for body in bodies if not accepts(UNRESTRICTED, body)]
    assert len(refused) <= len(bodies) / 100, refused


def test_mutants_that_do_not_compile_are_rejected(bodies: list[str], accepts: Accepts) -> None:
    rng = random.Random(20)
    mutants = [mutant for body in bodies for mutant in _mutants(body, rng) if not _compiles(mutant)]
    assert len(mutants) >= 200
    assert [mutant for mutant in mutants if accepts(UNRESTRICTED, mutant)] == []


def _mutants(body: str, rng: random.Random) -> Iterator[str]:
    """The body with a token deleted, doubled, and inserted from elsewhere."""
    lines = body.splitlines(keepends=True)
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(f"if 1:\n{body}").readline)
        if token.string.strip() and token.start[0] == token.end[0] > 1
    ]
    for change in ("delete", "double", "insert"):
        token, other = rng.choice(tokens), rng.choice(tokens)
        (row, start), (_, end) = token.start, token.end
        line = lines[row - 2]
        added = {"delete": "", "double": f"{token.string} {token.string}", "insert": f"{other.string} {token.string}"}
        yield "".join((*lines[: row - 2], line[:start], added[change], line[end:], *lines[row - 1 :]))


def test_llguidance_gives_the_same_verdicts(
    bodies: list[str], corpus: Any, accepts: Accepts, llguidance_accepts: Accepts
) -> None:
    """On real bodies, on their mutants whether they compile or not, and on the corpora of odd cases.

    On a third of the bodies, or on all where the properties get many examples too (``make test EXAMPLES=…``).
    """
    rng = random.Random(21)
    some = bodies[:: 1 if settings().max_examples >= 100 else 3]
    odd = [text for name in ("python_accepted.txt", "python_rejected.txt") for _, text in corpus(name)]
    for text in (*some, *(mutant for body in some for mutant in _mutants(body, rng)), *odd):
        assert llguidance_accepts(UNRESTRICTED, text) == accepts(UNRESTRICTED, text), text
    restricted = python_body(Policy())
    for text in odd:
        assert llguidance_accepts(restricted, text) == accepts(restricted, text), text


def test_random_texts_are_accepted_and_parse(walker: Any, accepts: Accepts) -> None:
    grammar = python_body(Policy())
    walk = walker(grammar.ebnf)
    for seed in range(300):
        text = walk.draw(random.Random(seed), budget=120)
        assert accepts(grammar, text), text
        ast.parse(_function(text))


def test_random_texts_compile(walker: Any) -> None:
    """What a context-free grammar cannot know is left aside: whether a ``nonlocal`` name is bound outside."""
    walk = walker(python_body(Policy()).ebnf, without=["nonlocal"])
    texts = [walk.draw(random.Random(seed), budget=80) for seed in range(1000)]
    failed = [text for text in texts if not _compiles(text)]
    assert len(failed) <= len(texts) * 0.005, failed
