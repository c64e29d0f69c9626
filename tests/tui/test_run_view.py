"""What a run has said so far, on a clock of the test's own."""

from __future__ import annotations

from engine.ir.text import parse
from engine.stages import events as e
from tests.support.scripts import SPEC
from tui.run_feed import Piece, SpecText, TypicalWait
from tui.run_view import RunView
from tui.run_words import doing


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def view(*items: object, clock: Clock | None = None) -> tuple[RunView, Clock]:
    clock = clock or Clock()
    run = RunView(clock=clock)
    run.feed([e.RunStarted(session_id="s1", kind="generate", prompt="p", endpoint="local", model="m"), *items])
    return run, clock


def result(name: str, status: e.CheckStatus = "passed") -> e.CheckResult:
    return e.CheckResult(kind="example", name=name, status=status)


def test_the_run_counts_from_where_its_own_clock_began() -> None:
    run, clock = view()
    clock.now += 5
    run.feed([e.StageStarted(stage="draft", at_s=0.5)])
    assert run.elapsed_s() == 0.5
    clock.now += 2
    assert run.elapsed_s() == 2.5


def test_a_stage_waits_until_its_first_word_and_then_decodes() -> None:
    run, clock = view(e.StageStarted(stage="draft", at_s=0.0))
    clock.now += 3
    span = run.open_span()
    assert span is not None
    assert (span.name, span.start_s, span.now_s) == ("waiting", 0.0, 3.0)
    run.feed([Piece("draft", '{"su', 1)])
    clock.now += 1
    span = run.open_span()
    assert span is not None
    assert (span.name, span.start_s, span.now_s) == ("decode", 3.0, 4.0)


def test_the_header_that_the_model_is_given_is_not_its_first_word() -> None:
    run, clock = view(e.StageStarted(stage="implement", at_s=0.0), Piece("implement", "def f() -> int:\n", 1))
    clock.now += 2
    span = run.open_span()
    assert span is not None
    assert span.name == "waiting"
    assert run.tokens == 0
    run.feed([Piece("implement", "    return", 1)])
    span = run.open_span()
    assert span is not None
    assert (span.name, span.start_s) == ("decode", 2.0)
    assert run.tokens == 1
    assert run.code == "def f() -> int:\n    return"


def test_a_wait_goes_on_between_the_messages_about_it() -> None:
    run, clock = view(e.StageStarted(stage="draft", at_s=0.0))
    clock.now += 3
    run.feed([e.StageWaiting(stage="draft", what="loading the model", elapsed_s=2.5, fraction=0.5, typical_s=5)])
    clock.now += 1
    span = run.open_span()
    assert span is not None
    assert (span.name, span.start_s, span.now_s, span.typical_s) == ("loading the model", 0.5, 4.0, 5)
    assert doing(run) == "draft: loading the model, 4 s so far; typical 5 s"


def test_reading_the_prompt_tells_how_far_it_is() -> None:
    run, _ = view(
        e.StageStarted(stage="draft", at_s=0.0),
        e.StageWaiting(stage="draft", what="reading the prompt", elapsed_s=2, fraction=0.4),
    )
    assert doing(run) == "draft: reading the prompt, 40%"


def test_a_wait_that_nobody_explains_is_told_with_what_is_typical() -> None:
    run, clock = view(TypicalWait(14.0), e.StageStarted(stage="draft", at_s=0.0))
    assert doing(run) == "draft: waiting for the first token; typical 14 s"
    clock.now += 12
    assert doing(run) == "draft: waiting for the first token, 12 s so far; typical 14 s"


def test_a_silent_container_is_called_one() -> None:
    from engine.endpoints.profiles import Profile

    run, clock = view(TypicalWait(14.0), e.StageStarted(stage="draft", at_s=0.0))
    run.profile = Profile(name="gpu", url="https://you--lift.modal.run")
    clock.now += 12
    assert doing(run) == "draft: container booting, 12 s so far; typical 14 s"
    run.profile = Profile(name="box", url="http://127.0.0.1:8080")
    assert doing(run) == "draft: waiting for box, 12 s so far; typical 14 s"


def test_tokens_are_counted_until_the_endpoint_reports_them() -> None:
    run, clock = view(e.StageStarted(stage="draft", at_s=0.0), Piece("draft", "abc", 3))
    clock.now += 1
    run.feed([Piece("draft", "defg", 4)])
    assert run.tokens == 7
    assert run.tokens_per_s() == 4.0
    run.feed([e.StageFinished(stage="draft", at_s=1.0, usage=e.Usage(prompt_tokens=5, completion_tokens=9))])
    assert run.tokens == 9
    assert run.usage["draft"].prompt_tokens == 5
    run.feed([e.StageStarted(stage="implement", at_s=1.0), Piece("implement", "def\n", 1), Piece("implement", "x", 2)])
    assert (run.tokens, run.stage_tokens) == (11, 2)


def test_versions_keep_their_own_verdicts_and_the_chosen_one_is_shown() -> None:
    run, _ = view(
        e.StageStarted(stage="implement", at_s=0.0),
        Piece("implement", "def f():\n", 1),
        e.CodeFinished(code="first"),
        e.StageStarted(stage="check", at_s=1.0),
        e.CheckFinished(result=result("a", "failed")),
        e.StageStarted(stage="repair", at_s=2.0),
        e.RepairStarted(attempt=1, of=0, reason="a failed", clauses=["examples[0]"]),
        Piece("repair", "def f():\n", 1),
        Piece("repair", "    pass\n", 2),
    )
    assert (run.attempt, run.code) == (1, "def f():\n    pass\n")
    run.feed([e.CodeFinished(code="second", attempt=1), e.CheckFinished(result=result("a"), attempt=1)])
    assert [[check.status for check in version.checks] for version in run.versions] == [["failed"], ["passed"]]
    assert [check.status for check in run.checks] == ["passed"]
    run.feed([e.CodeChosen(attempt=0, reason="fewer failures")])
    assert (run.attempt, run.code, run.chosen) == (0, "first", 0)
    assert [check.status for check in run.checks] == ["failed"]


def test_an_answer_that_is_dropped_leaves_nothing_behind() -> None:
    run, _ = view(
        e.StageStarted(stage="implement", at_s=0.0),
        Piece("implement", "def f():\n", 1),
        Piece("implement", "    pass  # and on and on", 9),
        e.AnswerDropped(stage="implement", attempt=1, reason="it runs in circles"),
    )
    assert run.code == ""
    span = run.open_span()
    assert span is not None
    assert span.name == "waiting"
    run.feed([Piece("implement", "def f():\n", 1), Piece("implement", "    return 1\n", 3)])
    assert run.code == "def f():\n    return 1\n"


def test_the_specification_fills_in_and_is_then_complete() -> None:
    run, _ = view(e.StageStarted(stage="draft", at_s=0.0), SpecText("def clamp("))
    assert run.spec_text == "def clamp("
    ir = parse(SPEC)
    run.feed([e.SpecFinished(ir=ir, ir_text=SPEC)])
    assert run.spec == ir
    assert run.spec_text == SPEC


def test_a_run_concerns_its_own_session_only() -> None:
    run, _ = view()

    class View:
        class session:  # noqa: N801
            id = "s2"

    assert run.concerns(None)
    assert not run.concerns(View())  # pyright: ignore[reportArgumentType]
    View.session.id = "s1"
    assert run.concerns(View())  # pyright: ignore[reportArgumentType]
    assert RunView().concerns(View())  # pyright: ignore[reportArgumentType]


def test_cost_is_counted_while_it_arises() -> None:
    from engine.endpoints.profiles import Profile

    run, clock = view(e.StageStarted(stage="draft", at_s=0.0))
    run.profile = Profile(name="gpu", url="http://x", usd_per_second=0.001)
    clock.now += 10
    assert abs(run.cost_usd() - 0.01) < 1e-9
