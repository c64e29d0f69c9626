"""Code that passes every check is compared with answers to other words."""

from __future__ import annotations

import math
from ast import literal_eval

from engine.ir.models import Assertion, Effect, Provenance
from engine.ir.text import parse
from engine.stages.events import StageWaiting
from tests.stages.play import play
from tests.support.chat_server import Answer
from tests.support.confinement import needs_confinement
from tests.support.scripts import BODY, HEADER, SPEC, body, draft

pytestmark = needs_confinement

DRAFTED = draft(examples=["clamp(15, 0, 10) == 10", "clamp(20, 0, 10) == 10"], ensures=None, raises=[])
CLAMP = "    return max(low, min(value, high))\n"
OTHER_CLAMP = "    bounded = min(value, high)\n    return bounded if bounded > low else low\n"
ONLY_HIGH = "    return min(value, max(low, high))\n"
NEITHER = "    return high if value in (15, 20) else high + low + 70\n"
BROKEN = "    return value if low <= high else low\n"


async def compared(store, *bodies, drafted=DRAFTED, **request):
    return await play(store, drafted, *map(body, bodies), opinion=True, **request)


def agreement(played) -> list[tuple[int, str, str]]:
    """The verdicts on whether other implementations do the same: of which version, and why."""
    return [
        (event.attempt, event.result.status, event.result.detail)
        for event in played.of("check-finished")
        if event.result.kind == "agreement"
    ]


async def test_one_other_that_does_the_same_is_enough(store):
    played = await compared(store, CLAMP, CLAMP)
    ((version, status, detail),) = agreement(played)
    assert (version, status) == (0, "passed")
    assert detail.endswith("generated calls")
    assert played.last.status == "passed"
    assert len(played.server.requests) == 3
    assert len(played.of("code-finished")) == 1
    _, first, second = played.server.requests
    assert first["messages"][0]["content"] != second["messages"][0]["content"]
    assert store.codes.checks(store.codes.list(played.session_id)[0].id)[-1].kind == "agreement"


async def test_where_the_model_was_not_sure_of_its_words_a_third_one_is_asked_for(store):
    for sure, asked in ((0.99, 3), (0.8, 4)):
        first = body(CLAMP, logprob=math.log(sure))
        played = await play(store, DRAFTED, first, body(CLAMP), body(OTHER_CLAMP), opinion=True)
        assert len(played.server.requests) == asked
        assert played.last.status == "passed"


async def test_of_two_that_agree_and_were_not_sure_the_first_stays_where_a_third_one_differs_and_the_person_is_asked(
    store,
):
    unsure = body(CLAMP, logprob=math.log(0.8))
    played = await play(store, DRAFTED, unsure, body(OTHER_CLAMP), body(ONLY_HIGH), opinion=True)
    ((version, status, detail),) = agreement(played)
    assert (version, status) == (0, "passed")
    assert detail.startswith("two of three, and one differs, as for clamp(")
    assert len(played.of("spec-finished")[-1].ir.holes) == 1
    assert len(played.of("code-finished")) == 1
    assert played.last.status == "open"


async def test_where_two_agree_and_the_model_was_less_sure_of_the_odd_one_nobody_is_asked(store):
    for sure, odd, status in ((0.99, 0.98, "passed"), (0.98, 0.99, "open")):
        bodies = (
            body(CLAMP, logprob=math.log(sure)),
            body(ONLY_HIGH, logprob=math.log(odd)),
            body(OTHER_CLAMP, logprob=math.log(0.95)),
        )
        played = await play(store, DRAFTED, *bodies, opinion=True)
        ((version, verdict, detail),) = agreement(played)
        assert (version, verdict) == (0, "passed")
        assert detail.startswith("two of three, and one differs")
        assert played.last.status == status


async def test_where_nothing_speaks_for_code_that_the_model_was_not_sure_of_the_person_is_asked(store):
    others = body(BROKEN), body("    return low if low <= high else value\n")
    for sure, status in ((0.99, "passed"), (0.8, "open")):
        played = await play(store, DRAFTED, body(CLAMP, logprob=math.log(sure)), *others, opinion=True)
        assert agreement(played) == [(0, "skipped", "no other implementation passes every check")]
        assert len(played.of("spec-finished")) == (1 if status == "passed" else 2)
        assert played.last.status == status


async def test_of_three_the_majority_decides_for_the_first(store):
    played = await compared(store, CLAMP, ONLY_HIGH, OTHER_CLAMP)
    ((version, status, detail),) = agreement(played)
    assert (version, status) == (0, "passed")
    assert detail.startswith("two of three, and one differs, as for clamp(")
    (hole,) = played.of("spec-finished")[-1].ir.holes
    call = detail.partition("as for ")[2]
    assert hole.description.startswith(f"What should {call} give?")
    value, low, high = literal_eval(call.removeprefix("clamp"))
    assert hole.options == [f"{call} == {max(low, min(value, high))}", f"{call} == {min(value, max(low, high))}"]
    assert played.last.status == "open"
    assert played.of("code-chosen") == []


async def test_of_three_the_majority_decides_against_the_first(store):
    played = await compared(store, ONLY_HIGH, CLAMP, OTHER_CLAMP)
    assert [event.attempt for event in played.of("code-finished")] == [0, 1]
    (chosen,) = played.of("code-chosen")
    assert (chosen.attempt, chosen.reason) == (1, "two of three implementations agree on it")
    (started,) = played.of("repair-started")
    assert started.reason.startswith("two of three implementations differ from this one, as for clamp(")
    assert agreement(played)[0][:2] == (1, "passed")
    assert len(played.of("spec-finished")[-1].ir.holes) == 1
    assert played.last.status == "open"
    first, second = store.codes.list(played.session_id)
    assert (first.code, second.code) == (f"{HEADER}\n{ONLY_HIGH}", f"{HEADER}\n{CLAMP}")
    assert (second.repairs_id, second.chosen) == (first.id, True)


async def test_where_all_three_differ_the_person_is_asked(store):
    played = await compared(store, CLAMP, ONLY_HIGH, NEITHER)
    assert agreement(played)[0][1] == "skipped"
    (hole,) = played.of("spec-finished")[-1].ir.holes
    assert hole.description.startswith("What should clamp(")
    assert len(hole.options) >= 2
    assert all(option.startswith("clamp(") for option in hole.options)
    assert played.last.status == "open"
    assert store.sessions.get(played.session_id).holes_open == 1


async def test_the_answers_are_offered_as_they_are_written_in_python(store):
    drafted = draft(
        sig="pair(value: int) -> tuple[int, str]",
        examples=["pair(1) == (1, '1')", "pair(2) == (2, '2')"],
        ensures=None,
        raises=["ValueError"],
    )
    refused = "    if value > {}:\n        raise ValueError(value)\n"
    answered = "    return value, str(value)\n"
    plain, failing = (refused.format(limit) + answered for limit in (10**6, 9))
    signed = plain.replace("str(value)", "f'{value:+}'.lstrip('+')")
    doubled = plain.replace("return value,", "return value if value < 10 else value * 2,")
    played = await compared(store, plain, failing, doubled, drafted=drafted)
    (hole,) = played.of("spec-finished")[-1].ir.holes
    number = hole.options[0].partition("(")[2].partition(")")[0]
    assert hole.options == [
        f"pair({number}) == ({number}, '{number}')",
        f"pair({number}) == ValueError",
        f"pair({number}) == ({2 * int(number)}, '{number}')",
    ]
    assert len((await compared(store, plain, signed, drafted=drafted)).of("spec-finished")) == 1


async def test_an_example_that_both_others_break_alike_is_in_doubt(store):
    drafted = draft(examples=["clamp(15, 0, 10) == 10", "clamp(-3, 0, 10) == -3"], ensures=None, raises=[])
    played = await compared(store, ONLY_HIGH, CLAMP, OTHER_CLAMP, drafted=drafted)
    (doubted,) = played.of("clause-doubted")
    assert (doubted.call, doubted.expected, doubted.actual, doubted.agreeing) == ("clamp(-3, 0, 10)", "-3", "0", 2)
    assert played.last.status == "open"
    assert played.of("code-chosen") == []
    assert played.of("code-finished")[-1].code == f"{HEADER}\n{ONLY_HIGH}"


async def test_both_others_need_not_agree_on_what_nobody_thought_of(store):
    drafted = draft(examples=["clamp(15, 0, 10) == 10", "clamp(-3, 0, 10) == -3"], ensures=None, raises=[])
    odd = f"    if value % 7 == 3:\n        return 99\n{CLAMP}"
    played = await compared(store, ONLY_HIGH, CLAMP, odd, drafted=drafted)
    assert [event.call for event in played.of("clause-doubted")] == ["clamp(-3, 0, 10)"]


async def test_others_that_break_clauses_each_in_its_own_way_say_nothing(store):
    played = await compared(store, CLAMP, BROKEN, "    return low if low <= high else value\n")
    assert agreement(played) == [(0, "skipped", "no other implementation passes every check")]
    assert played.last.status == "passed"


async def test_others_that_break_the_contract_say_nothing(store):
    played = await play(store, DRAFTED, body(CLAMP), Answer("no code at all"), opinion=True)
    assert agreement(played) == [(0, "skipped", "there is no other implementation to compare it with")]
    assert played.last.status == "passed"
    assert len(played.server.requests) == 4  # the draft, the code, and each wording once
    assert played.of("answer-dropped") == []


async def test_an_answer_that_grows_far_longer_than_the_first_is_no_opinion(store):
    endless = "".join(f"    step{number} = value + {number}\n" for number in range(90))
    played = await compared(store, CLAMP, endless, OTHER_CLAMP)
    assert agreement(played)[0][1] == "passed"
    assert len(played.server.requests) == 4


async def test_nothing_is_asked_where_nothing_can_be_compared(store):
    ir = parse(SPEC)
    ir.effects, ir.ensures = [Effect(description="reads a file")], []
    played = await play(store, body(CLAMP), ir=ir, prompt=ir.intent.summary, opinion=True)
    assert len(played.server.requests) == 1
    assert agreement(played)[0][1] == "skipped"


async def test_code_that_was_compared_with_samples_is_not_compared_again(store):
    played = await play(store, draft(), body(ONLY_HIGH), body(BODY), opinion=True)
    assert {event.stage for event in played.of("stage-started")} == {"draft", "implement", "check", "repair"}
    assert played.last.status == "passed"


async def test_repaired_code_is_compared_if_it_was_not_sampled(store):
    ir = parse(SPEC)
    ir.requires = [Assertion(predicate="low <= high")]
    for _, clause in ir.clauses():
        clause.provenance = Provenance(source="human")
    answers = map(body, (BROKEN, CLAMP, OTHER_CLAMP))
    played = await play(store, *answers, ir=ir, prompt=ir.intent.summary, opinion=True)
    assert [event.stage for event in played.of("stage-started")] == ["implement", "check", "repair", "compare"]
    assert agreement(played)[0][:2] == (1, "passed")
    assert played.last.status == "passed"


async def test_a_repaired_version_stays_and_the_person_is_asked(store):
    ir = parse(SPEC)
    ir.requires, ir.ensures = [Assertion(predicate="low <= high")], []
    for _, clause in ir.clauses():
        clause.provenance = Provenance(source="human")
    answers = map(body, ("    raise KeyError(value)\n", ONLY_HIGH, CLAMP, OTHER_CLAMP))
    played = await play(store, *answers, ir=ir, prompt=ir.intent.summary, opinion=True)
    assert [event.attempt for event in played.of("code-chosen")] == [1]
    assert agreement(played)[0][:2] == (1, "skipped")
    assert store.codes.list(played.session_id)[-1].code == f"{HEADER}\n{ONLY_HIGH}"
    assert len(played.of("spec-finished")[-1].ir.holes) == 1
    assert played.last.status == "open"


async def test_the_time_and_the_tokens_are_the_stages_own(store):
    played = await compared(store, CLAMP, CLAMP)
    spans = [event.span.name for event in played.of("span-finished") if event.span.stage == "compare"]
    assert {"prefill", "decode", "check", "agree"} <= set(spans)
    (finished,) = [event for event in played.of("stage-finished") if event.stage == "compare"]
    assert finished.usage.completion_tokens
    assert [event for event in played.of("text-delta") if event.stage == "compare"] == []


async def test_stopping_it_keeps_the_code(store):
    def during(event, run):
        if isinstance(event, StageWaiting) and event.stage == "compare":
            run.cancel()

    slow = Answer(CLAMP, piece=1, pause_s=0.05)
    played = await play(store, DRAFTED, body(CLAMP), slow, opinion=True, during=during)
    assert played.last.status == "cancelled"
    assert [code.code for code in store.codes.list(played.session_id)] == [f"{HEADER}\n{CLAMP}"]


HALVES = draft(
    sig="part(total: int, pieces: int) -> int",
    examples=["part(4, 2) == 2", "part(9, 3) == 3"],
    ensures=None,
    raises=[],
)
HALF = "    return total // pieces\n"
SAFE_HALF = "    return total // pieces if pieces else 0\n"


async def test_one_that_does_the_same_and_does_not_break_down_takes_its_place(store):
    played = await compared(store, HALF, SAFE_HALF, drafted=HALVES)
    assert len(played.server.requests) == 3, "no third one is asked, and nor is the person"
    ((version, status, detail),) = agreement(played)
    assert (version, status) == (1, "passed")
    assert "the first one breaks down on" in detail
    (chosen,) = played.of("code-chosen")
    assert chosen.attempt == 1
    assert played.of("code-finished")[-1].code.endswith(SAFE_HALF)
    assert "breaks down on part(" in played.of("repair-started")[0].reason
    assert played.last.status == "passed"


async def test_the_same_number_as_an_int_or_a_float_or_with_a_rounding_error_is_the_same(store):
    drafted = draft(
        sig="total(parts: list[float]) -> float",
        examples=["total([1, 2]) == 3", "total([2.5]) == 2.5"],
        ensures=None,
        raises=[],
    )
    backwards = "    return 0.0 + sum(parts[::-1])\n"
    played = await compared(store, "    return sum(parts)\n", backwards, drafted=drafted)
    assert agreement(played)[0][:2] == (0, "passed")
    assert len(played.server.requests) == 3


async def test_one_that_breaks_down_where_the_first_does_not_changes_nothing(store):
    played = await compared(store, SAFE_HALF, HALF, drafted=HALVES)
    assert agreement(played)[0][:2] == (0, "passed")
    assert len(played.server.requests) == 3
    assert played.of("code-chosen") == []
    assert played.last.status == "passed"
