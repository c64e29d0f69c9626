"""Requests that are Python themselves."""

from __future__ import annotations

import pytest

from engine.ir.validate import validate
from engine.stages.draft_repair import to_ir
from engine.stages.request_stub import as_the_persons, stub_in
from engine.stages.short_wire import expanded, shown
from engine.stages.task_text import task_text

STUB = '''from typing import List


def has_close_elements(numbers: List[float], threshold: float = 0.5) -> bool:
    """ Check if in given list of numbers, are any two numbers closer to each other than
    given threshold. The list may be empty.
    >>> has_close_elements([1.0, 2.0, 3.0], 0.5)
    False
    >>> has_close_elements([1.0, 2.8, 3.0], 0.3)
    True
    """
'''
DRAFT = (
    '{"sig":"close(values: list[float], limit: float) -> bool",'
    '"examples":["close([], 1.0) == False","close([1.0, 2.8, 3.0], 0.3) == True"]}'
)


def test_a_stub_says_its_header_its_words_and_its_examples() -> None:
    stub = stub_in(STUB)
    assert stub is not None
    assert (stub.name, stub.returns) == ("has_close_elements", "bool")
    assert [(p.name, p.type, p.default) for p in stub.parameters] == [
        ("numbers", "List[float]", None),
        ("threshold", "float", "0.5"),
    ]
    assert " ".join(stub.words.split()) == (
        "Check if in given list of numbers, are any two numbers closer to each other than given threshold. "
        "The list may be empty."
    )
    assert [(e.args, e.result) for e in stub.examples] == [
        ("[1.0, 2.0, 3.0], 0.5", "False"),
        ("[1.0, 2.8, 3.0], 0.3", "True"),
    ]


def test_its_draft_keeps_all_of_that_as_the_persons_own() -> None:
    stub = stub_in(STUB)
    assert stub is not None
    ir = as_the_persons(to_ir(expanded(DRAFT, STUB), known=[p.name for p in stub.parameters]), stub)
    assert [problem for problem in validate(ir) if problem.severity == "error"] == []
    assert ir.signature.name == "has_close_elements"
    assert ir.intent.summary.startswith("Check if in given list of numbers")
    assert ir.intent.rationale == "The list may be empty."
    assert [(e.call, e.result, e.provenance.source) for e in ir.examples if e.provenance] == [
        ("has_close_elements([1.0, 2.0, 3.0], 0.5)", "False", "human"),
        ("has_close_elements([1.0, 2.8, 3.0], 0.3)", "True", "human"),
        ("has_close_elements([], 1.0)", "False", "agent"),
    ]
    assert {p.provenance.source for p in ir.signature.parameters if p.provenance} == {"human"}
    assert task_text(STUB, ir) == STUB.strip(), "the code is asked for with the stub, and nothing is said twice"


def test_its_header_shows_before_the_model_has_said_anything() -> None:
    wire = shown({}, STUB)
    assert (wire["name"], wire["returns"]) == ("has_close_elements", "bool")


@pytest.mark.parametrize("name", ["list", "max"])
def test_a_parameter_is_called_as_the_stub_calls_it(name: str) -> None:
    request = f'def total({name}):\n    """Add up."""\n'
    stub = stub_in(request)
    assert stub is not None
    ir = to_ir(expanded(DRAFT, request), known=[p.name for p in stub.parameters])
    assert [(p.name, p.type_hint) for p in ir.signature.parameters] == [(name, "Any")]


@pytest.mark.parametrize(
    ("request_text", "name", "words"),
    [
        ("def f(x): ...", "f", "F"),
        ("def add_all(x):\n    pass", "add_all", "Add all"),
        ("```python\ndef f(x):\n    'Double it.'\n```", "f", "Double it."),
        ("def g(x):\n    return x\n\n\ndef f(x):\n    'Twice g.'\n", "f", "Twice g."),
        ("def f(x):\n    'Half of it.\n    >>>f(4)\n    2'", "f", None),
        ("def f(x):\n    '''Half.\n\n    >>> f(4)\n    2\n    >>> g(4)\n    2\n    '''", "f", "Half."),
    ],
)
def test_other_shapes(request_text: str, name: str, words: str | None) -> None:
    stub = stub_in(request_text)
    if words is None:
        assert stub is None
        return
    assert stub is not None
    assert (stub.name, stub.words) == (name, words)
    assert len(stub.examples) <= 1


@pytest.mark.parametrize(
    "request_text",
    [
        "Write a def of the word 'python'.",
        "def f(x):\n    return x\n",
        "def f(*xs):\n    'Add up.'\n",
        "def f(x, *, y):\n    'Add up.'\n",
        "class A:\n    def f(self): ...\n",
        "",
    ],
)
def test_what_is_no_stub(request_text: str) -> None:
    assert stub_in(request_text) is None


def test_a_docstring_with_a_crooked_example_is_all_words() -> None:
    stub = stub_in('def f(x):\n    """Half.\n    >>>f(4)\n    2\n    """')
    assert stub is not None
    assert "f(4)" in stub.words
    assert stub.examples == ()
