"""The hole deck: answering, suggestions of the model, undo, and what others do meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.content import Content
from textual.widgets import Static

from engine.ir.text import parse
from engine.lifecycle.editing import edit_clause
from engine.sessions.store import SessionStore
from tests.support.chat_server import Answer
from tests.support.scripts import SPEC, body, compact
from tests.tui.conftest import MEDIUM, NARROW, Workbench, scripted, settle
from tui.hole_answers import Answers, Choice, outcome
from tui.screens.ask import Answer as Field
from tui.screens.holes import HoleDeck
from tui.screens.workbench import WorkbenchScreen
from tui.widgets.hole_card import Options
from tui.widgets.notices import Notices

HOLES = """\
    hole("nan", kind="intent", ask="Should NaN be rejected?", options=["yes", "no", "only in tests"])
    hole("value", kind="signature", ask="What is the type of value?", options=["int", "float"])
    hole("bound", kind="assertion", ask="What holds for the result?")
"""
SUGGESTED = ["result in (value, low, high)", "low <= result"]
OPTIONS = Answer(compact({"options": SUGGESTED}))


@pytest.fixture
def session_id(store: SessionStore) -> str:
    session = store.sessions.create("Clamp a value between low and high.")
    store.drafts.add(session.id, parse(SPEC + HOLES), parent=None, source="agent")
    return session.id


def deck(pilot) -> HoleDeck:
    assert isinstance(pilot.app.screen, HoleDeck)
    return pilot.app.screen


def text(pilot, name: str) -> str:
    content = deck(pilot).query_one(name, Static).content
    assert isinstance(content, Content)
    return content.plain


def options(pilot) -> list[str]:
    return [str(option.prompt).split("  ", 1)[1] for option in deck(pilot).query_one(Options).options]


def head(store: SessionStore, session_id: str):
    draft = store.drafts.head(session_id)
    assert draft is not None
    return draft


def open_holes(store: SessionStore, session_id: str) -> list[str]:
    return [hole.identifier for hole in head(store, session_id).ir.holes]


async def opened(pilot, *keys: str) -> None:
    """Open the deck with nothing else in focus, and press keys."""
    pilot.app.screen.set_focus(None)
    await press(pilot, "o", *keys)


async def press(pilot, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


@pytest.mark.covers("session.holes", "holes.pick-1")
async def test_a_number_answers_and_the_next_question_follows(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        assert text(pilot, "#question") == "Should NaN be rejected?"
        assert deck(pilot).card.border_subtitle == "1 of 3"
        assert options(pilot) == ["yes", "no", "only in tests"]
        assert "belongs to the intent" in text(pilot, "#about")
        await press(pilot, "1")
        assert text(pilot, "#question") == "What is the type of value?"
        assert deck(pilot).card.border_subtitle == "1 of 2"
        assert open_holes(store, session_id) == ["value", "bound"]
        assert head(store, session_id).ir.intent.rationale == "Should NaN be rejected? Yes."
        (answer,) = store.drafts.answers(head(store, session_id).id)
        assert (answer.hole, answer.action, answer.answer, answer.author) == ("nan", "option", "yes", "ada")


@pytest.mark.covers(
    "holes.pick-1",
    "holes.pick-2",
    "holes.pick-3",
    "holes.pick-4",
    "holes.pick-5",
    "holes.pick-6",
    "holes.pick-7",
    "holes.pick-8",
    "holes.pick-9",
)
@pytest.mark.parametrize("number", range(1, 10))
async def test_every_digit_picks_its_option(workbench: Workbench, store, number):
    session = store.sessions.create("pick")
    asked = f'    hole("how", ask="How?", options={[f"way {n}" for n in range(1, 10)]})\n'
    store.drafts.add(session.id, parse(SPEC + asked), parent=None)
    async with workbench(size=NARROW) as pilot:
        await opened(pilot, str(number))
    assert head(store, session.id).ir.intent.rationale == f"How? way {number}."


async def test_answers_as_fast_as_keys_come_build_on_each_other(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("2", "2", "x")
        await settle(pilot)
        assert "No question is open." in text(pilot, "#question")
    draft = head(store, session_id)
    assert (draft.seq, draft.ir.holes) == (4, [])
    assert draft.ir.signature.parameters[0].type_hint == "float"
    assert draft.ir.intent.rationale == "Should NaN be rejected? No."
    assert not any(info.became_sibling for info in store.drafts.list(session_id))


@pytest.mark.covers("holes.pick", "choices.down", "choices.up", "choices.last")
async def test_the_marked_option_is_told_what_it_comes_to_and_picked(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot, "n")
        assert text(pilot, "#outcome") == "→ nothing changes: it says so already"
        await press(pilot, "j")
        assert text(pilot, "#outcome") == "→ param(value: float)"
        await press(pilot, "k")
        assert deck(pilot).query_one(Options).highlighted == 0
        await press(pilot, "G", "up", "down", "enter")
    assert head(store, session_id).ir.signature.parameters[0].type_hint == "float"
    assert open_holes(store, session_id) == ["nan", "bound"]


async def test_a_number_without_an_option_changes_nothing(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot, "9")
        assert text(pilot, "#state") == "Option 9 is not there."
    assert head(store, session_id).seq == 1


@pytest.mark.covers("holes.next", "holes.previous")
@pytest.mark.parametrize(("forth", "back"), [("n", "p"), ("right", "left"), ("l", "h")])
async def test_questions_go_round(workbench: Workbench, session_id, forth, back):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot, forth, forth)
        assert text(pilot, "#question") == "What holds for the result?"
        assert "No options" in text(pilot, "#outcome")
        await press(pilot, forth)
        assert text(pilot, "#question") == "Should NaN be rejected?"
        await press(pilot, back)
        assert text(pilot, "#question") == "What holds for the result?"


@pytest.mark.covers("holes.answer", "holes.close")
async def test_an_answer_in_words_is_judged_as_it_is_typed(workbench: Workbench, store, session_id):
    async with workbench(size=MEDIUM) as pilot:
        await opened(pilot, "p", "a", *"result<=x")
        assert text(pilot, "#outcome").splitlines()[1].startswith("! `x` is not known here.")
        await press(pilot, "escape", "a", *"result<=high")
        assert text(pilot, "#outcome") == "→ ensures(result<=high)"
        await press(pilot, "enter")
        assert text(pilot, "#question") == "Should NaN be rejected?"
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, WorkbenchScreen)
    assert [clause.predicate for clause in head(store, session_id).ir.ensures][-1] == "result<=high"


async def test_an_empty_answer_is_none(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot, "a", "space", "enter")
        assert deck(pilot).query_one(Field).display
    assert head(store, session_id).seq == 1


@pytest.mark.covers("holes.reject")
async def test_a_question_can_be_turned_down(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot, "x")
    (answer,) = store.drafts.answers(head(store, session_id).id)
    assert (answer.hole, answer.action) == ("nan", "reject")
    assert head(store, session_id).ir.intent.rationale == ""


@pytest.mark.covers("holes.undo")
async def test_answers_are_taken_back_one_by_one(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot, "1", "2", "u")
        assert text(pilot, "#question") == "What is the type of value?"
        assert open_holes(store, session_id) == ["value", "bound"]
        await press(pilot, "u")
        assert text(pilot, "#question") == "Should NaN be rejected?"
        assert head(store, session_id).seq == 1
        await press(pilot, "u")
        assert head(store, session_id).seq == 1, "what was not answered here is not undone here"


async def test_an_undo_never_takes_back_what_came_after_the_answer(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot, "1")
        edit_clause(store, session_id, "intent.summary", "Clamp it.", author="bob")
        await press(pilot, "u")
        assert pilot.app.failures
    assert head(store, session_id).ir.intent.summary == "Clamp it."


async def test_an_answer_to_a_draft_that_somebody_has_changed_stands_beside_it(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        edit_clause(store, session_id, "intent.summary", "Clamp it.", author="bob")
        await press(pilot, "2")
        assert "somebody else made draft 2 the current one" in text(pilot, "#state")
        assert "nan" in [hole.identifier for hole in deck(pilot).holes]
    assert head(store, session_id).seq == 2
    assert store.drafts.list(session_id)[-1].became_sibling


async def test_an_answer_that_cannot_be_saved_brings_its_question_back(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot, "n")
        store.sessions.set_state(session_id, "abandoned")
        await press(pilot, "1")
        assert text(pilot, "#question") == "What is the type of value?"
        assert "abandoned" in pilot.app.failures[0][1].what
    assert head(store, session_id).seq == 1


@pytest.mark.covers("holes.finalize")
async def test_with_nothing_left_the_session_can_be_finalized_from_here(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot, "F")
        assert isinstance(pilot.app.screen, HoleDeck), "not while questions are open"
        await press(pilot, "1", "1", "x")
        assert "F" in text(pilot, "#about")
        assert "g" in text(pilot, "#about")
        await press(pilot, "F")
        assert isinstance(pilot.app.screen, WorkbenchScreen)
    assert store.sessions.get(session_id).state == "finalized"


@pytest.mark.covers("holes.generate")
async def test_with_nothing_left_the_code_can_be_written_from_here(workbench: Workbench, store, session_id):
    async with scripted(body()), workbench(size=NARROW) as pilot:
        await opened(pilot, "x", "x", "x", "g")
        assert isinstance(pilot.app.screen, WorkbenchScreen)
    assert "return max(low" in store.codes.list(session_id)[-1].code


@pytest.mark.covers("holes.suggest")
async def test_the_model_suggests_options_that_can_be_picked(workbench: Workbench, store, session_id):
    async with scripted(OPTIONS), workbench(size=NARROW) as pilot:
        await opened(pilot, "p", "s")
        assert options(pilot) == SUGGESTED
        assert text(pilot, "#outcome") == "→ ensures(result in (value, low, high))"
        assert [hole.options for hole in head(store, session_id).ir.holes][2] == SUGGESTED
        await press(pilot, "2")
    assert [clause.predicate for clause in head(store, session_id).ir.ensures][-1] == "low <= result"
    (answer,) = store.drafts.answers(head(store, session_id).id)
    assert answer.action == "option"


async def test_suggestions_arrive_one_by_one_and_escape_stops_before_it_closes(workbench: Workbench, store, session_id):
    slow = replace(OPTIONS, piece=4, silent_after=40)
    async with scripted(slow), workbench(size=NARROW) as pilot:
        await opened(pilot, "p")
        await pilot.press("s")
        while not options(pilot):
            await pilot.pause(0.02)
        assert options(pilot)[0] == "result in (value, low, high)"[: len(options(pilot)[0])]
        await pilot.press("n")
        await pilot.pause()
        assert options(pilot) == ["yes", "no", "only in tests"], "the deck stays usable"
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, HoleDeck)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, WorkbenchScreen)
    assert [run.status for run in store.runs.list(session_id)] == ["cancelled"]


async def test_what_is_half_is_not_picked_and_a_pick_stops_the_model(workbench: Workbench, store, session_id):
    slow = replace(OPTIONS, piece=4, silent_after=48)
    async with scripted(slow), workbench(size=NARROW) as pilot:
        await opened(pilot, "p")
        await pilot.press("s")
        while len(options(pilot)) < 2:
            await pilot.pause(0.02)
        await pilot.press("2")
        await pilot.pause()
        assert text(pilot, "#state") == "Option 2 is not there yet."
        await press(pilot, "1")
    assert [clause.predicate for clause in head(store, session_id).ir.ensures][-1] == SUGGESTED[0]
    assert [run.status for run in store.runs.list(session_id)] == ["cancelled"]


async def test_an_answer_while_options_arrive_for_another_question_does_not_fork(
    workbench: Workbench, store, session_id
):
    """The model's options come to a draft that the deck does not show yet."""
    answers = Answers(session_id, "ada", head(store, session_id).id)
    ir = head(store, session_id).ir.model_copy(deep=True)
    ir.holes[2].options = SUGGESTED
    store.drafts.add(session_id, ir, parent=head(store, session_id).id, reason="options for bound")
    saved = answers.resolve(store, "nan", Choice(pick=1))
    assert not saved.edited.became_sibling
    assert saved.head.ir.holes[-1].options == SUGGESTED


async def test_a_failed_request_leaves_the_question_as_it_was(workbench: Workbench, store, session_id):
    async with scripted(Answer(status=500, body="{}")), workbench(size=NARROW) as pilot:
        await opened(pilot, "s")
        assert options(pilot) == ["yes", "no", "only in tests"]
        assert text(pilot, "#state").startswith("No suggestions: ")
    assert head(store, session_id).seq == 1


async def test_the_count_is_always_in_the_top_line(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        bar = pilot.app.screen.query_one("StatusBar")
        assert "3 open questions: o" in bar.render().plain
        await opened(pilot, "1")
        assert "2 open questions: o" in bar.render().plain


async def test_what_text_says_is_never_markup(workbench: Workbench, store):
    session = store.sessions.create("markup")
    asked = '    hole("how", ask="Is [red]this[/] [b]bold?", options=["[bold]yes[/bold]", "[/]"])\n'
    store.drafts.add(session.id, parse(SPEC + asked), parent=None)
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        assert text(pilot, "#question") == "Is [red]this[/] [b]bold?"
        assert options(pilot) == ["[bold]yes[/bold]", "[/]"]
        await press(pilot, "1")
        assert not pilot.app.failures


@pytest.mark.parametrize(
    ("hole", "answer", "place", "doubt"),
    [
        ("nan", "no", "a rule of the intent: Should NaN be rejected? No.", ""),
        ("nan", "n" * 100, "a rule of the intent: the question with this answer", ""),
        ("value", "float", "param(value: float)", ""),
        ("value", "flaot", "a rule of the intent: What is the type of value? flaot.", "Did you mean `float`?"),
        ("bound", "low <= high", "requires(low <= high)", ""),
        ("bound", "it is small", "a rule of the intent: What holds for the result? It is small.", ""),
        ("bound", "result <", "a rule of the intent: What holds for the result? result <.", "kept as words"),
    ],
)
def test_what_an_answer_comes_to(hole, answer, place, doubt):
    ir = parse(SPEC + HOLES)
    found = next(each for each in ir.holes if each.identifier == hole)
    result = outcome(ir, found, answer)
    assert result.place == place
    assert bool(result.doubt) == bool(doubt)
    assert doubt in result.doubt


async def test_an_answer_given_right_before_leaving_is_saved(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("1", "escape", "ctrl+q")
    assert open_holes(store, session_id) == ["value", "bound"]


async def test_what_is_being_typed_survives_what_happens_meanwhile(workbench: Workbench, store, session_id):
    async with workbench(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("2", "a", *"flo")
        await settle(pilot)
        assert deck(pilot).query_one(Field).text == "flo", "the answer before is saved while this one is typed"
        edit_clause(store, session_id, "intent.summary", "Clamp it.", author="bob")
        workbench_screen = pilot.app.screen_stack[0]
        assert isinstance(workbench_screen, WorkbenchScreen)
        workbench_screen.open_session(session_id)
        await settle(pilot)
        await press(pilot, "a", "t", "enter")
    draft = head(store, session_id)
    assert draft.ir.signature.parameters[0].type_hint == "float"
    assert draft.ir.intent.summary == "Clamp it."


async def test_answering_the_question_that_the_model_is_asked_about_stops_it(workbench: Workbench, store, session_id):
    async with scripted(replace(OPTIONS, silent_after=0)), workbench(size=NARROW) as pilot:
        await opened(pilot)
        await pilot.press("s")
        while not store.runs.list(session_id):
            await pilot.pause(0.02)
        await press(pilot, "1")
        assert text(pilot, "#question") == "What is the type of value?"
        assert not pilot.app.screen_stack[0].query_one(Notices).display, "there is nothing to go on with"
    assert open_holes(store, session_id) == ["value", "bound"]
    assert [run.status for run in store.runs.list(session_id)] == ["cancelled"]
