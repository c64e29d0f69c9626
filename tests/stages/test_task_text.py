"""What the code is asked for."""

from __future__ import annotations

from engine.ir.models import IR, Assertion, Example, Provenance, TypedHole
from engine.ir.text import parse
from engine.stages.draft_repair import to_ir
from engine.stages.short_wire import expanded
from engine.stages.task_text import task_text

REQUEST = "Write a function that clamps a value. Print it. Raise a ValueError if low is above high."
TEXT = (
    '{"sig":"clamp(x: int, low: int, high: int) -> int","raises":["ValueError if low > high"],'
    '"examples":["clamp(1, 2, 3) == 2","clamp(9, 2, 3) == 3"]}'
)


def drafted() -> IR:
    return to_ir(expanded(TEXT, REQUEST))


def test_a_fresh_draft_is_asked_for_in_the_words_of_the_request() -> None:
    assert task_text(REQUEST, drafted()) == REQUEST


def test_what_a_person_adds_is_told() -> None:
    ir = drafted()
    ir.intent.rationale += "\nA tie counts as low."
    ir.examples.append(Example(call="clamp(2, 2, 2)", result="2"))
    ir.requires.append(Assertion(predicate="x >= 0", rationale="Sizes are."))
    ir.ensures.append(Assertion(predicate="low <= result", provenance=Provenance(source="refinement")))
    ir.signature.parameters[0].description = "what to clamp"
    ir.holes.append(TypedHole(identifier="q", description="Inclusive?", options=["yes", "no"]))
    assert task_text(REQUEST, ir).split("\n") == [
        REQUEST,
        "A tie counts as low.",
        "x: what to clamp",
        "Assume x >= 0. Sizes are.",
        "The result always satisfies low <= result.",
        "Example: clamp(2, 2, 2) == 2",
        "Inclusive? Suppose: yes.",
    ]


def test_a_changed_rule_replaces_the_request() -> None:
    ir = drafted()
    ir.intent.rationale = "Print it."
    assert task_text(REQUEST, ir).split("\n")[:2] == ["Clamps a value.", "Print it."]


def test_a_specification_of_a_persons_own_is_told_whole() -> None:
    ir = parse(
        'def f(x: int) -> int:\n    """Double it.\n\n    Zero stays.\n    """\n'
        '    raises(ValueError, x < 0)\n    effect("prints x")\n    example(f(2) == 4)\n'
    )
    assert task_text(ir.intent.summary, ir).split("\n") == [
        "Double it.",
        "Zero stays.",
        "Raise ValueError if x < 0.",
        "Effect: prints x.",
        "Example: f(2) == 4",
    ]
