"""Contradictions within a draft are found before code is written, and the request decides who gives way."""

from __future__ import annotations

from engine.ir.models import IR, Clause, Provenance
from engine.ir.text import parse
from engine.stages.reconcile import reconcile

CLAMP = '''
def clamp(value: float, low: float, high: float) -> float:
    """Clamp a number between two bounds."""
    raises(ValueError, low > high)
    example(clamp(5.5, 3.0, 7.0) == 5.5)
    example(clamp(-1.0, -2.0, -3.0) == -2.0)
'''

DURATION = '''
def parse_duration(text: str) -> int:
    """Parse a duration into seconds."""
    raises(ValueError, not text.isdigit())
    example(parse_duration('1h30m') == 5400)
'''


def results(ir: IR) -> list[str]:
    return [example.result for example in ir.examples]


async def test_an_example_that_must_raise_expects_the_exception() -> None:
    agreed = await reconcile(parse(CLAMP), "Clamp a number; ValueError when low is greater than high")
    assert results(agreed) == ["5.5", "ValueError"]
    assert agreed.examples[1].provenance is not None
    assert agreed.examples[1].provenance.source == "verification"
    assert agreed.raises[0].condition == "low > high"


async def test_an_example_from_the_request_outranks_the_condition() -> None:
    agreed = await reconcile(parse(DURATION), "parse a duration such as '1h30m'; ValueError for anything else")
    assert results(agreed) == ["5400"]
    assert agreed.raises[0].condition == ""


async def test_a_consistent_draft_is_left_alone() -> None:
    ir = parse(CLAMP.replace("-2.0, -3.0) == -2.0", "-3.0, 3.0) == -1.0"))
    assert await reconcile(ir, "") == ir


async def test_an_example_that_expects_an_exception_is_left_alone() -> None:
    ir = parse(CLAMP.replace("== -2.0", "== ValueError"))
    assert await reconcile(ir, "") == ir


async def test_a_condition_that_cannot_be_evaluated_decides_nothing() -> None:
    ir = parse(CLAMP.replace("low > high", "low > undefined"))
    assert await reconcile(ir, "") == ir


SCALED = '''\
def scaled(value: int, factor: int = 2) -> int:
    """Scale a value."""
    requires(value > 0)
    requires(factor > 0)
    ensures(result > value)
    ensures(result % 2 == 0)
    example(scaled(3) == 6)
    example(scaled(-1) == -2)
    example(scaled(3) == 7)
'''


def by_hand(*clauses: Clause) -> None:
    for clause in clauses:
        clause.provenance = Provenance(source="human")


def clauses(ir: IR) -> tuple[list[str], ...]:
    return [c.predicate for c in ir.requires], [c.predicate for c in ir.ensures], results(ir)


async def test_of_two_results_of_one_call_the_first_stays_and_claims_that_examples_refute_go() -> None:
    agreed = await reconcile(parse(SCALED), "")
    assert clauses(agreed) == (["factor > 0"], ["result % 2 == 0"], ["6", "-2"])


async def test_what_a_person_wrote_does_not_give_way() -> None:
    ir = parse(SCALED)
    by_hand(ir.requires[0], ir.ensures[0], ir.examples[2])
    agreed = await reconcile(ir, "")
    assert clauses(agreed) == (["value > 0", "factor > 0"], ["result > value"], ["7"])
    ir = parse(CLAMP)
    by_hand(ir.raises[0], *ir.examples)
    assert await reconcile(ir, "") == ir


async def test_the_same_example_twice_is_no_contradiction() -> None:
    ir = parse(SCALED.replace("scaled(3) == 7", "scaled( 3 ) == 6"))
    assert results(await reconcile(ir, "")) == ["6", "-2", "6"]
