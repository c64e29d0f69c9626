"""Types for a header without any."""

from __future__ import annotations

import pytest

from engine.stages.draft_repair import to_ir
from engine.stages.request_stub import as_the_persons, stub_in
from engine.stages.short_wire import expanded, shown

REQUEST = '''def pick(items, k: int = 1):
    """The last items.

    pick([1, 2], 1) == [2]
    pick([], 1) == []
    pick(k=0, items=[3]) == []
    pick([1], -1) raises ValueError
    """'''


def header(sig: str, request: str = REQUEST) -> str:
    ir = to_ir(expanded(f'{{"sig":"{sig}","examples":[]}}', request))
    said = ", ".join(f"{p.name}: {p.type_hint}" for p in ir.signature.parameters)
    return f"({said}) -> {ir.signature.returns}"


@pytest.mark.parametrize(
    ("sig", "said"),
    [
        ("pick(items: list[int], k: int) -> list[int]", "(items: list[int], k: int) -> list[int]"),
        ("last(xs: list[int], k: float) -> list[int]", "(items: list[int], k: int) -> list[int]"),
        ("pick(items: list[str], k: int) -> list[int]", "(items: Any, k: int) -> list[int]"),
        ("pick(items: list[int], k: int) -> int", "(items: list[int], k: int) -> Any"),
        ("pick(items: list[int]) -> list[int]", "(items: Any, k: int) -> list[int]"),
        ("pick(items: Callable, k: int) -> Whatever", "(items: Any, k: int) -> Any"),
    ],
)
def test_a_type_of_the_models_that_every_example_agrees_with(sig: str, said: str) -> None:
    assert header(sig) == said


def test_without_examples_nothing_is_believed() -> None:
    assert header("f(x: int) -> int", "def f(x):\n    'Double it.'") == "(x: Any) -> Any"


def test_it_is_not_the_persons() -> None:
    stub = stub_in(REQUEST)
    assert stub is not None
    ir = as_the_persons(to_ir(expanded('{"sig":"f(items: list[int], k: int) -> list[int]"}', REQUEST)), stub)
    sources = [p.provenance and p.provenance.source for p in (*ir.signature.parameters, ir.signature)]
    assert sources == ["agent", "human", "agent"]


def test_the_header_shows_while_the_model_still_writes_it() -> None:
    begun, done = shown({"sig": "f(it"}, REQUEST), shown({"sig": "f(x: list[int], k: int) -> int", "e": 1}, REQUEST)
    assert [wire["parameters"][0]["type"] for wire in (begun, done)] == ["Any", "list[int]"]


def test_its_examples_show_from_the_first_moment() -> None:
    assert [example["args"] for example in shown({}, REQUEST)["examples"]] == [
        "[1, 2], 1",
        "[], 1",
        "k=0, items=[3]",
        "[1], -1",
    ]
