"""The hole deck: the open questions of a specification, one at a time, each answered with a key.

An answer is shown at once and saved behind it; when saving fails, its question comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui.hole_answers import Answers, Choice
from tui.keys import bind
from tui.messages import SessionChanged
from tui.screens.session_screen import SessionScreen
from tui.widgets.hole_card import HoleCard, Options

if TYPE_CHECKING:
    from engine.ir.models import TypedHole
    from engine.sessions.records import Draft
    from engine.sessions.store import SessionStore
    from engine.stages.jobs import RunRequest
    from tui.hole_answers import Saved
    from tui.run_view import RunView
    from tui.session_view import SessionView


class HoleDeck(SessionScreen[str | None]):
    """See the module; the result is the name of a workbench action to go on with, None for nothing.

    Args:
        view: the session.
        start: identifier of the hole to begin with; the first when empty.
    """

    CSS_PATH = "holes.tcss"
    HELP = (
        "The questions that the specification leaves open, one at a time. "
        "Pick an option with its number, answer in your own words, let the model suggest answers, or turn it down."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            bind(f"{number}", f"pick({number})", f"holes.pick-{number}", f"Option {number}", "Answer with this option.")
            for number in range(1, 10)
        ),
        bind("a", "own_answer", "holes.answer", "Own answer", "Answer in your own words, or with code.", show=True),
        bind("s", "suggest", "holes.suggest", "Suggest", "Let the model suggest answers, the best first.", show=True),
        bind("x", "turn_down", "holes.reject", "Reject", "Turn the question down; nothing is added.", show=True),
        bind("u", "take_back", "holes.undo", "Undo", "Take the last answer back.", show=True),
        bind("n,right,l", "step(1)", "holes.next", "Next", "Go to the next question.", show=True),
        bind("p,left,h", "step(-1)", "holes.previous", "Previous", "Go to the previous question.", show=True),
        bind("F", "go_on('finalize')", "holes.finalize", "Finalize", "All is answered: sign it off.", show=True),
        bind("g", "go_on('generate')", "holes.generate", "Write the code", "All is answered: write it.", show=True),
        bind("escape", "back", "holes.close", "Back", "Leave the field, stop the model, or close.", show=True),
    ]

    def __init__(self, view: SessionView, start: str = "") -> None:
        super().__init__()
        self._session_id = view.session.id
        self._draft: Draft | None = view.draft if view.is_head else None
        self._current = start
        self._answers: Answers | None = None
        self._saving: list[str] = []
        """Holes whose answers are being saved: answered already for the user's eyes."""
        self._suggested: dict[str, list[str]] = {}
        """What the model has suggested for a hole and the draft does not have (yet)."""
        self._asked = ""
        """The hole that the model is being asked about."""

    def compose(self) -> ComposeResult:
        """The question that is shown."""
        yield HoleCard()

    def on_mount(self) -> None:
        """Show the first question."""
        self.set_interval(1.0, self._show_wait)
        if self._draft is not None:
            self._show(self._draft)
        else:
            self.run_worker(self._read_head(), group="answers")

    # What is shown -----------------------------------------------------------------------------

    @property
    def holes(self) -> list[TypedHole]:
        """The questions that are open."""
        holes = self._draft.ir.holes if self._draft is not None else []
        return [hole for hole in holes if hole.identifier not in self._saving]

    @property
    def card(self) -> HoleCard:
        """What shows a question."""
        return self.query_one(HoleCard)

    @property
    def _shows(self) -> bool:
        """Whether there is still a card to show anything on."""
        return self.is_attached and any(card.is_whole for card in self.query(HoleCard))

    @property
    def hole(self) -> TypedHole | None:
        """The question that is shown."""
        return next((hole for hole in self.holes if hole.identifier == self._current), None)

    def show_session(self, view: SessionView | None) -> None:
        """Follow what others do to the session."""
        if view is None or view.session.id != self._session_id or not view.is_head or self._saving:
            return
        if view.draft is not None and self._draft is not None and view.draft.id != self._draft.id:
            self._show(view.draft)

    def _show(self, draft: Draft) -> None:
        """Show the questions of ``draft``."""
        self._draft = draft
        if self._answers is None:
            self._answers = Answers(self._session_id, self.lift_app.desk.author, draft.id)
        self._answers.base = draft.id
        for hole in draft.ir.holes:
            if hole.options[: len(self._suggested.get(hole.identifier, []))] == self._suggested.get(hole.identifier):
                del self._suggested[hole.identifier]
        self._show_hole()

    def _show_hole(self) -> None:
        if self.hole is None and self.holes:
            self._current = self.holes[0].identifier
        hole, draft = self.hole, self._draft
        self.refresh_bindings()
        if draft is None:
            return
        if hole is None:
            self.card.show_done(draft.ir)
        else:
            place = f"{self.holes.index(hole) + 1} of {len(self.holes)}"
            self.card.show_hole(draft.ir, hole, self._options(hole), place)

    def _show_options(self) -> None:
        if self.hole is not None:
            self.card.show_options(self._options(self.hole))

    def _options(self, hole: TypedHole) -> list[str]:
        return self._suggested.get(hole.identifier, hole.options)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done now."""
        match action:
            case "go_on":
                return self._draft is not None and not self.holes
            case "pick" | "own_answer" | "suggest" | "turn_down":
                return self.hole is not None
            case "step":
                return len(self.holes) > 1
            case "take_back":
                return self._answers is not None and bool(self._answers.given)
            case _:
                return True

    # Answering ---------------------------------------------------------------------------------

    def action_pick(self, number: int) -> None:
        """Answer with an option."""
        hole = self.hole
        if hole is None:
            return
        options = self._options(hole)
        streaming = self._asked == hole.identifier
        if number > len(options) or (streaming and number == len(options)):
            still = "not there yet" if streaming else "not there"
            self.card.tell(f"Option {number} is {still}.")
        elif hole.identifier in self._suggested:
            self._answer(hole, Choice(answer=options[number - 1]))
        else:
            self._answer(hole, Choice(pick=number))

    def on_option_list_option_selected(self, event: Options.OptionSelected) -> None:
        """Answer with the marked option."""
        self.action_pick(event.option_index + 1)

    def action_own_answer(self) -> None:
        """Open the field for an answer in words."""
        self.card.open_field()

    def action_accept(self) -> None:
        """Take what is in the field."""
        if self.hole is not None and self.card.answer:
            self._answer(self.hole, Choice(answer=self.card.answer))

    def action_turn_down(self) -> None:
        """Reject the question."""
        if self.hole is not None:
            self._answer(self.hole, Choice())

    def _answer(self, hole: TypedHole, choice: Choice) -> None:
        """Go on to the next question, and save the answer to this one."""
        if self._asked == hole.identifier:
            self.lift_app.action_cancel_run()
        following = self._neighbour(1)
        self._saving.append(hole.identifier)
        self._current = following
        self._show_hole()
        self.in_background(self._save_answer(hole, choice))

    async def _save_answer(self, hole: TypedHole, choice: Choice) -> None:
        answers, identifier = self._answers, hole.identifier
        assert answers is not None, "a hole that is shown belongs to a draft"
        saved = await self.save(lambda store: answers.resolve(store, identifier, choice))
        self._saving.remove(identifier)
        if saved is not None:
            self.tell(SessionChanged(self._session_id))
        if not self._shows:
            return
        if saved is None:
            if self.card.answer is None:
                self._current = identifier
            self._show_hole()
            return
        self.card.tell(_told(hole, saved))
        if self._saving:
            self._draft = saved.head
        else:
            self._show(saved.head)

    def action_take_back(self) -> None:
        """Undo the last answer."""
        self.in_background(self._take_back())

    async def _take_back(self) -> None:
        if self._answers is None:
            return
        taken = await self.save(self._answers.take_back)
        if taken is None:
            return
        self.tell(SessionChanged(self._session_id))
        if self._shows:
            self._current, draft = taken
            self.card.tell(f"Taken back; draft {draft.seq} is the current one again.")
            self._show(draft)

    # Moving ------------------------------------------------------------------------------------

    def action_step(self, way: int) -> None:
        """Go to another question."""
        self._current = self._neighbour(way)
        self.card.tell("")
        self._show_hole()

    def _neighbour(self, way: int) -> str:
        names = [hole.identifier for hole in self.holes]
        if self._current not in names:
            return names[0] if names else ""
        return names[(names.index(self._current) + way) % len(names)]

    def action_go_on(self, action: str) -> None:
        """Close, and let the workbench go on."""
        self.dismiss(action)

    def action_back(self) -> None:
        """Leave the field, stop the model, or close."""
        run = self.lift_app.run_view
        if self.card.answer is not None:
            self.card.close_field()
        elif self._asked and self.lift_app.busy and run is not None and not run.cancelling:
            self.lift_app.action_cancel_run()
        else:
            self.dismiss(None)

    async def _read_head(self) -> None:
        session_id = self._session_id

        def read(store: SessionStore) -> Draft:
            from engine.lifecycle.finding import find_draft

            return find_draft(store, session_id)

        head = await self.save(read)
        if head is not None:
            self._show(head)

    # The model ---------------------------------------------------------------------------------

    def action_suggest(self) -> None:
        """Let the model suggest answers."""
        hole, draft = self.hole, self._draft
        if hole is None or draft is None:
            return
        app, session_id, identifier, number = self.lift_app, self._session_id, hole.identifier, draft.seq

        def request(store: SessionStore) -> RunRequest:
            from engine.lifecycle.requests import assist_request

            return app.sampled(assist_request(store, session_id, identifier, app.profile(), number=number))

        if app.start_run(request):
            self._asked = identifier

    def show_run(self, run: RunView) -> None:
        """Show how far the suggestions have come."""
        if not self._asked:
            return
        self._show_wait()
        self._take_options(run)

    def _show_wait(self) -> None:
        """Count the seconds of a request, even while the model says nothing."""
        run = self.lift_app.run_view
        if run is None or self._asked not in (hole.identifier for hole in self.holes):
            return
        span = run.open_span()
        if run.cancelling:
            self.card.tell("Stopping the model …")
        elif span is not None:
            self.card.tell(f"The model suggests: {span.name} · {run.elapsed_s():.0f} s · esc stops it")

    def end_run(self, run: RunView) -> None:
        """The suggestions are complete, or what came of them is all there will be."""
        if not self._asked:
            return
        asked, self._asked = self._asked, ""
        hole = next((hole for hole in self.holes if hole.identifier == asked), None)
        if run.error is None:
            self.card.tell("")
            self._take_options(run)
        elif hole is None:
            self._suggested.pop(asked, None)  # answered meanwhile
        elif hole.options or not self._whole(run):
            self._suggested.pop(asked, None)
            self.card.tell(f"No suggestions: {run.error['what']}")
        else:
            self._suggested[asked] = self._whole(run)
            self.card.tell(f"The suggestions are not complete: {run.error['what']}")
        if asked == self._current:
            self._show_options()

    def _take_options(self, run: RunView) -> None:
        if run.hole and run.options:
            self._suggested[run.hole] = list(run.options)
            if run.hole == self._current:
                self._show_options()

    def _whole(self, run: RunView) -> list[str]:
        """The options of a run that broke off; the last one may be half."""
        return run.options[:-1]


def _told(hole: TypedHole, saved: Saved) -> str:
    """What became of an answer, in one or two sentences."""
    draft = saved.edited.draft
    if saved.edited.became_sibling:
        return (
            f"Meanwhile somebody else made draft {saved.head.seq} the current one; "
            f"the answer to {hole.identifier} is in draft {draft.seq} beside it."
        )
    errors = sum(problem.severity == "error" for problem in saved.edited.problems)
    wrong = f" {errors} error{'s' if errors != 1 else ''} in it now." if errors else ""
    return f"“{hole.identifier}” is settled: draft {draft.seq}.{wrong}"
