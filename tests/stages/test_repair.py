"""Code that fails gets another chance: by being told, by other implementations, or by a question to the person."""

from __future__ import annotations

from engine.ir.models import IR, Assertion, Provenance
from engine.ir.text import parse
from engine.stages.answer import ATTEMPTS
from tests.stages.play import cancel_in, play
from tests.support.chat_server import Answer
from tests.support.confinement import needs_confinement
from tests.support.scripts import BODY, DRAFT, HEADER, PROMPT, SPEC, WRONG_BODY, body, draft

pytestmark = needs_confinement

NO_RAISE = "    return max(low, min(value, high))\n"
OTHER_BODY = BODY.replace("max(low, min(value, high))", "min(max(low, value), high)")
HALF_BODY = "    return min(value, max(low, high))\n"


def by_hand() -> IR:
    """A specification whose clauses a person wrote."""
    ir = parse(SPEC)
    ir.requires = [Assertion(predicate="low <= high")]
    for _, clause in ir.clauses():
        clause.provenance = Provenance(source="human")
    return ir


def run_by_hand(store, *answers, **request):
    ir = by_hand()
    return play(store, *answers, ir=ir, prompt=ir.intent.summary, **request)


def attempts(played) -> list[tuple[int, int, int]]:
    return [(event.attempt, event.of, event.candidates) for event in played.of("repair-started")]


async def test_the_model_is_shown_what_is_wrong_in_the_same_conversation(store):
    played = await run_by_hand(store, body(WRONG_BODY), body(NO_RAISE))
    assert played.last.status == "passed"
    assert attempts(played) == [(1, 0, 1)]
    (started,) = played.of("repair-started")
    assert started.clauses[:2] == ["examples[0]", "ensures[0]"]
    assert started.reason == "clamp(15, 0, 10) == 10: expected 10, got 15"
    first, second = played.server.requests
    assert second["messages"][: len(first["messages"]) - 1] == first["messages"][:-1]
    said, asked, prefill = second["messages"][-3:]
    assert said == {"role": "assistant", "content": f"```python\n{HEADER}\n{WRONG_BODY.rstrip()}\n```"}
    assert "- `clamp(15, 0, 10)` must give `10`, but gives `15`." in asked["content"]
    assert "- `low <= result <= high` must hold, but `clamp(1, 0, 0)` gives `1`." in asked["content"]
    assert prefill["content"] == f"```python\n{HEADER}\n"
    assert second["grammar"] == first["grammar"]


async def test_a_repair_that_uses_an_undefined_name_is_stopped_and_asked_for_again(store):
    filler = "".join(f"    step{number} = value + {number}\n" for number in range(50))
    lost = Answer(f"    span = hihg - low\n{filler}", piece=2, pause_s=0.03)
    played = await run_by_hand(store, body(WRONG_BODY), lost, body(NO_RAISE), hangs_up=True)
    (dropped,) = played.of("answer-dropped")
    assert (dropped.stage, dropped.attempt) == ("repair", 1)
    assert dropped.reason == "Line 2 uses `hihg`, which is defined nowhere."
    assert attempts(played) == [(1, 0, 1)]
    assert played.of("code-finished")[-1].code == f"{HEADER}\n{NO_RAISE}"
    assert played.last.status == "passed"


async def test_every_version_is_told_and_stored_with_its_checks(store):
    played = await run_by_hand(store, body(WRONG_BODY), body(NO_RAISE))
    assert [event.attempt for event in played.of("code-finished")] == [0, 1]
    assert {event.attempt for event in played.of("check-finished")} == {0, 1}
    (chosen,) = played.of("code-chosen")
    assert (chosen.attempt, chosen.reason) == (1, "every check passes")
    first, second = store.codes.list(played.session_id)
    assert (second.repairs_id, second.attempt, second.chosen) == (first.id, 1, True)
    assert store.codes.latest(second.draft_id).id == second.id
    assert any(check.status == "failed" and check.counterexample for check in store.codes.checks(first.id))
    assert all(check.status in ("passed", "skipped") for check in store.codes.checks(second.id))
    assert store.sessions.get(played.session_id).checks_failed == 0
    deltas = "".join(event.text for event in played.of("text-delta") if event.stage == "repair")
    assert deltas == f"{HEADER}\n{NO_RAISE}"
    stages = [event.stage for event in played.of("stage-started")]
    assert stages == ["implement", "check", "repair"]
    used = [event.usage.completion_tokens for event in played.of("stage-finished")]
    assert sum(used) == played.last.usage.completion_tokens
    assert used[2] > 0


async def test_attempts_are_bounded_and_the_best_version_wins(store):
    played = await run_by_hand(store, body(HALF_BODY), body(WRONG_BODY))
    assert played.last.status == "failed"
    assert len(played.of("repair-started")) == 2
    (chosen,) = played.of("code-chosen")
    assert chosen.attempt == 0
    assert "fewest failures" in chosen.reason
    assert store.codes.latest(store.drafts.head(played.session_id).id).attempt == 0
    shown = store.sessions.get(played.session_id).checks_failed
    assert shown == sum(e.result.status == "failed" for e in played.of("check-finished") if e.attempt == 0)


async def test_attempts_that_fail_alike_are_followed_by_samples(store):
    wrong = [body(WRONG_BODY)] * 2
    right = [body(NO_RAISE)] * 2
    played = await run_by_hand(store, *wrong, body(WRONG_BODY), *right, body(WRONG_BODY))
    assert attempts(played) == [(1, 0, 1), (2, 1, 5)]
    assert played.last.status == "passed"
    assert played.of("code-finished")[-1].code == f"{HEADER}\n{NO_RAISE}"
    sampled = played.server.requests[2:]
    assert len(sampled) == 3, "one by one, and no more after the second one that passes"
    longest = len(played.server.requests[0]["messages"])
    assert max(len(request["messages"]) for request in sampled) <= longest, "without a word about the failures"


async def test_other_implementations_are_asked_for_in_other_words_first_and_then_at_a_higher_temperature(store):
    played = await play(store, draft(examples=WRONG_EXAMPLE), body(BODY))
    _, asked, alone, bare, *warmer, _ = played.server.requests
    assert alone["messages"] == asked["messages"][-2:], "without the worked examples"
    assert bare["messages"][0]["content"] == PROMPT
    given = f"```python\n{HEADER}\n"
    assert bare["messages"][1]["content"] == f'{given}    """{PROMPT}\n    """\n'
    assert {each["messages"][-1]["content"] for each in (asked, alone, *warmer)} == {given}
    assert [each["temperature"] for each in (alone, bare, *warmer)] == [0.0, 0.0, 0.8, 0.8, 0.8]
    assert len({each["seed"] for each in warmer}) == 3


async def test_an_endpoint_that_computes_answers_in_parallel_is_asked_for_all_samples_at_once(store):
    wrong = [body(WRONG_BODY)] * 2
    played = await run_by_hand(store, *wrong, body(NO_RAISE), owner="vllm")
    assert attempts(played) == [(1, 0, 1), (2, 1, 5)]
    assert played.last.status == "passed"
    sampled = played.server.requests[2:]
    assert len({(str(each["messages"]), each.get("seed")) for each in sampled}) == len(sampled) == 5


async def test_clauses_of_the_models_own_are_first_held_against_other_implementations(store):
    played = await play(store, draft(), body(NO_RAISE), body(NO_RAISE), body(BODY), body(NO_RAISE))
    assert played.last.status == "passed"
    assert attempts(played) == [(1, 0, 5)]
    assert played.of("clause-doubted") == []
    assert played.of("code-finished")[-1].code == f"{HEADER}\n{BODY}"


WRONG_EXAMPLE = [*DRAFT["examples"], "clamp(5, 0, 10) == 6"]


async def test_an_example_that_independent_implementations_agree_against_becomes_a_question(store):
    played = await play(store, draft(examples=WRONG_EXAMPLE), body(BODY), body(BODY), body(OTHER_BODY), body(BODY))
    (doubted,) = played.of("clause-doubted")
    assert (doubted.clause, doubted.call, doubted.expected, doubted.actual, doubted.agreeing) == (
        "examples[2]",
        "clamp(5, 0, 10)",
        "6",
        "5",
        3,
    )
    drafted, questioned = played.of("spec-finished")
    assert len(questioned.ir.examples) == len(drafted.ir.examples) - 1
    (hole,) = questioned.ir.holes
    assert hole.identifier == doubted.hole
    assert hole.options == ["clamp(5, 0, 10) == 5", "clamp(5, 0, 10) == 6"]
    assert hole.provenance.source == "verification"
    assert played.last.status == "open"
    head = store.drafts.head(played.session_id)
    assert head.ir == questioned.ir
    assert store.codes.latest(head.id).code == f"{HEADER}\n{BODY}"
    assert store.sessions.get(played.session_id).holes_open == 1


async def test_the_same_text_again_is_no_second_witness(store):
    played = await play(store, draft(examples=WRONG_EXAMPLE), body(BODY))
    assert played.of("clause-doubted") == []
    assert played.last.status == "failed"
    assert attempts(played) == [(1, 0, 5), (2, 1, 1)]


async def test_code_that_fails_most_clauses_puts_none_of_them_in_doubt(store):
    other = body("    result = value\n    return result\n")
    played = await play(store, draft(), body(WRONG_BODY), body(WRONG_BODY), other, body(WRONG_BODY), body(WRONG_BODY))
    assert played.of("clause-doubted") == []
    assert played.last.status == "failed"


WRONG_EXAMPLES = ["clamp(5, 0, 10) == 6", "clamp(7, 0, 10) == 8"]


async def test_that_all_break_down_is_no_agreement(store):
    broken = BODY.replace("return ", "return None + ")
    codes = [broken, broken, broken.replace("max(low, min(value, high))", "low"), broken, BODY]
    played = await play(store, draft(), *map(body, codes))
    assert played.of("clause-doubted") == []
    assert played.last.status == "passed"


async def test_examples_that_stand_alone_against_all_implementations_become_questions(store):
    drafted = draft(examples=WRONG_EXAMPLES, ensures=None, raises=[])
    played = await play(store, drafted, body(BODY), body(BODY), body(OTHER_BODY))
    assert [event.call for event in played.of("clause-doubted")] == ["clamp(5, 0, 10)", "clamp(7, 0, 10)"]
    assert played.last.status == "open"
    assert len(played.server.requests) == 4


async def test_one_implementation_that_differs_is_enough_for_them_to_stay(store):
    drafted = draft(examples=WRONG_EXAMPLES, ensures=None, raises=[])
    played = await play(store, drafted, body(BODY), body(OTHER_BODY), body(WRONG_BODY.replace("value", "low")))
    assert played.of("clause-doubted") == []
    assert played.last.status == "failed"


LONE = BODY.replace("return ", "return 6 if value == 5 else ")
OTHERWISE = LONE.replace("6", "7")


async def test_one_that_passes_against_the_agreement_of_all_others_proves_no_example(store):
    codes = [BODY, LONE, OTHER_BODY, BODY, BODY]
    played = await play(store, draft(examples=WRONG_EXAMPLE, ensures=None), *map(body, codes))
    (doubted,) = played.of("clause-doubted")
    assert (doubted.call, doubted.actual, doubted.agreeing) == ("clamp(5, 0, 10)", "5", 4)
    assert len(played.server.requests) == 1 + len(codes)
    assert played.last.status == "open"
    assert played.of("code-finished")[-1].code == f"{HEADER}\n{BODY}"


async def test_samples_are_asked_for_until_two_pass_and_where_they_differ_the_person_is_asked(store):
    apart = LONE.replace("min(value, high))", "min(value, high)) + (value == 2)")
    codes = [BODY, LONE, OTHERWISE, apart]
    played = await play(store, draft(examples=WRONG_EXAMPLE, ensures=None), *map(body, codes))
    assert played.of("clause-doubted") == []
    assert len(played.server.requests) == 1 + len(codes)
    assert played.of("code-finished")[-1].code == f"{HEADER}\n{LONE}"
    (hole,) = played.of("spec-finished")[-1].ir.holes
    assert hole.description.startswith("What should clamp(")
    assert played.last.status == "open"


async def test_where_two_samples_pass_and_do_the_same_nobody_is_asked(store):
    codes = [BODY, LONE, OTHERWISE, LONE.replace("max(low, min(value, high))", "min(max(low, value), high)")]
    played = await play(store, draft(examples=WRONG_EXAMPLE, ensures=None), *map(body, codes))
    assert len(played.server.requests) == 1 + len(codes)
    assert len(played.of("spec-finished")) == 1
    assert played.last.status == "passed"


async def test_one_that_passes_and_breaks_down_on_other_inputs_is_followed_by_another(store):
    asked = {
        "sig": "pick(codes: dict[str, int], name: str) -> int | None",
        "raises": None,
        "ensures": None,
        "examples": ["pick({'a': 1}, 'a') == 1", "pick({'b': 5}, 'b') == 5"],
    }
    wrong, shaky, sound = (
        body(f"    return {line}\n") for line in ("len(codes) + len(name)", "codes[name]", "codes.get(name)")
    )
    played = await play(store, draft(**asked), wrong, shaky, sound, prompt="Pick the number of a name.")
    assert len(played.server.requests) == 4
    assert played.of("code-finished")[-1].code.endswith("return codes.get(name)\n")


async def test_samples_that_agree_doubt_an_example_though_the_first_code_is_wrong_otherwise(store):
    codes = [OTHERWISE, BODY, OTHER_BODY, BODY]
    played = await play(store, draft(examples=WRONG_EXAMPLE[::-1]), *map(body, codes))
    (doubted,) = played.of("clause-doubted")
    assert (doubted.clause, doubted.actual, doubted.agreeing) == ("examples[0]", "5", 3)
    assert played.last.status == "open"
    assert played.of("code-finished")[-1].code == f"{HEADER}\n{BODY}"


async def test_an_example_by_a_person_is_never_doubted(store):
    ir = by_hand()
    ir.examples[0].result = "11"
    other = body(NO_RAISE.replace("max(low, min(value, high))", "min(max(low, value), high)"))
    answers = [body(NO_RAISE)] * 3 + [other]
    played = await play(store, *answers, ir=ir, prompt=ir.intent.summary)
    assert played.of("clause-doubted") == []
    assert played.last.status == "failed"


async def test_an_attempt_that_breaks_the_contract_leaves_no_version(store):
    broken = Answer("    return open('x')\n```")
    played = await run_by_hand(store, body(WRONG_BODY), *[broken] * ATTEMPTS, body(NO_RAISE))
    assert played.last.status == "passed"
    assert [event.attempt for event in played.of("code-finished")] == [0, 2]


async def test_repairs_can_be_turned_off_and_good_code_needs_none(store):
    played = await run_by_hand(store, body(WRONG_BODY), repairs=0)
    assert (played.last.status, len(played.server.requests)) == ("failed", 1)
    played = await run_by_hand(store, body(NO_RAISE))
    assert played.of("repair-started") == played.of("code-chosen") == []


async def test_an_endpoint_that_fails_in_the_middle_is_told_and_what_was_made_is_kept(store):
    played = await play(store, draft(), body(NO_RAISE), Answer(BODY, cut_after=14))
    assert played.last.status == "unreachable"
    assert played.last.error["kind"] == "stream-broken"
    (failed,) = played.of("stage-failed")
    assert failed.stage == "repair"
    (code,) = store.codes.list(played.session_id)
    assert code.code == f"{HEADER}\n{NO_RAISE}"


async def test_a_repair_can_be_cancelled(store):
    slow = Answer(NO_RAISE, pause_s=0.05)
    played = await run_by_hand(store, body(WRONG_BODY), slow, during=cancel_in("repair"), hangs_up=True)
    assert played.last.status == "cancelled"
    (code,) = store.codes.list(played.session_id)
    assert code.attempt == 0
