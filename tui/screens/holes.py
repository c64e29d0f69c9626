"""The hole deck: the open questions of a specification, one at a time, each answered with a key.

An answer is shown at once and saved behind it; when saving fails, its question comes back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from tui.hole_answers import Answers, Choice
from tui.keys import bind
from tui.messages import SessionChanged
from tui.screens.ask import Answer
from tui.screens.session_screen import SessionScreen
from tui.widgets.choices import Choices
from tui.widgets.key_hints import KeyHints

if TYPE_CHECKING:
    from engine.ir.models import IR, TypedHole
    from engine.sessions.records import Draft
    from engine.sessions.store import SessionStore
    from engine.stages.jobs import RunRequest
    from tui.hole_answers import Saved
    from tui.run_view import RunView
    from tui.session_view import SessionView


class Options(Choices):
    """The options of one hole."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter", "select", "holes.pick", "Pick", "Answer with the marked option.", show=True),
    ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to pick where there is something to pick."""
        return self.option_count > 0 if action == "select" else super().check_action(action, parameters)


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
        """The question, its options, what the marked one comes to, and the keys."""
        with Vertical(id="deck"):
            yield Static(id="header", markup=False)
            yield Static(id="question", markup=False)
            yield Static(id="about", markup=False)
            yield Options(id="options")
            yield Answer("", soft_wrap=True, highlight_cursor_line=False, id="own")
            yield Static(id="outcome", markup=False)
            yield Static(id="state", markup=False)
            yield KeyHints()

    def on_mount(self) -> None:
        """Show the first question."""
        self.query_one("#deck").border_title = "Open questions"
        self.query_one(Options).focus()
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
        holes = self.holes
        if self.hole is None and holes:
            self._current = holes[0].identifier
        hole = self.hole
        deck = self.query_one("#deck")
        deck.set_class(hole is None, "-done")
        self._close_own()
        self.refresh_bindings()
        if hole is None or self._draft is None:
            deck.border_subtitle = ""
            if self._draft is not None:
                self._put("#header", _header(self._draft.ir))
                self._put("#question", "No question is open.")
                self._put("#about", "Press F to finalize the specification, or g to write the code for it.")
            self._put("#outcome", "")
            self.query_one(Options).clear_options()
            return
        deck.border_subtitle = f"{holes.index(hole) + 1} of {len(holes)}"
        self._put("#header", _header(self._draft.ir))
        self._put("#question", hole.description or f"What about {hole.identifier}?")
        self._put("#about", _about(hole))
        self._show_options(fresh=True)

    def _show_options(self, *, fresh: bool = False) -> None:
        """Show the options of the hole; those that stay are left as they are."""
        hole = self.hole
        if hole is None:
            return
        options = self._options(hole)
        shown = self.query_one(Options)
        rows = [_row(number, option) for number, option in enumerate(options, 1)]
        if fresh or shown.option_count > len(rows):
            shown.set_options([Option(row) for row in rows])
            shown.highlighted = 0 if rows else None
        else:
            for index, row in enumerate(rows):
                if index >= shown.option_count:
                    shown.add_option(Option(row))
                elif shown.get_option_at_index(index).prompt != row:
                    shown.replace_option_prompt_at_index(index, row)
            if shown.highlighted is None and rows:
                shown.highlighted = 0
        self.refresh_bindings()
        self._explain()

    def _options(self, hole: TypedHole) -> list[str]:
        return self._suggested.get(hole.identifier, hole.options)

    def _explain(self) -> None:
        """Say what the marked option, or the answer typed so far, would come to."""
        hole, draft = self.hole, self._draft
        if hole is None or draft is None:
            return
        from tui.hole_answers import outcome

        own, options = self.query_one(Answer), self._options(hole)
        marked = self.query_one(Options).highlighted
        if own.display:
            text = own.text.strip()
        else:
            text = options[marked] if marked is not None and marked < len(options) else ""
        if text:
            result = outcome(draft.ir, hole, text)
            self._put("#outcome", f"→ {result.place}" + (f"\n! {result.doubt}" if result.doubt else ""))
        elif own.display or options:
            self._put("#outcome", "")
        else:
            self._put("#outcome", "No options: answer in your own words (a), or let the model suggest some (s).")

    def _put(self, selector: str, text: str) -> None:
        from tui.wording import printable

        self.query_one(selector, Static).update(Content(printable(text)))

    def on_option_list_option_highlighted(self) -> None:
        """The mark has moved."""
        self._explain()

    def on_text_area_changed(self) -> None:
        """The answer has grown."""
        self._explain()

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
            self._put("#state", f"Option {number} is {still}.")
        elif hole.identifier in self._suggested:
            if streaming:
                self.lift_app.action_cancel_run()
            self._answer(hole, Choice(answer=options[number - 1]))
        else:
            self._answer(hole, Choice(pick=number))

    def on_option_list_option_selected(self, event: Options.OptionSelected) -> None:
        """Answer with the marked option."""
        self.action_pick(event.option_index + 1)

    def action_own_answer(self) -> None:
        """Open the field for an answer in words."""
        own = self.query_one(Answer)
        own.text = ""
        own.display = True
        self.query_one("#deck").add_class("-own")
        own.focus()
        self._explain()

    def action_accept(self) -> None:
        """Take what is in the field."""
        hole, text = self.hole, self.query_one(Answer).text.strip()
        if hole is not None and text:
            self._answer(hole, Choice(answer=text))

    def action_turn_down(self) -> None:
        """Reject the question."""
        if self.hole is not None:
            self._answer(self.hole, Choice())

    def _answer(self, hole: TypedHole, choice: Choice) -> None:
        """Go on to the next question, and save the answer to this one."""
        following = self._neighbour(1)
        self._saving.append(hole.identifier)
        self._current = following
        self._show_hole()
        self.query_one(Options).focus()
        self.in_background(self._save_answer(hole, choice))

    async def _save_answer(self, hole: TypedHole, choice: Choice) -> None:
        answers, identifier = self._answers, hole.identifier
        assert answers is not None, "a hole that is shown belongs to a draft"
        saved = await self.save(lambda store: answers.resolve(store, identifier, choice))
        self._saving.remove(identifier)
        if saved is not None:
            self.tell(SessionChanged(self._session_id))
        if not self.is_attached:
            return
        if saved is None:
            self._current = identifier
            self._show_hole()
            return
        self._put("#state", _told(hole, saved))
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
        if self.is_attached:
            self._current, draft = taken
            self._put("#state", f"Taken back; draft {draft.seq} is the current one again.")
            self._show(draft)

    # Moving ------------------------------------------------------------------------------------

    def action_step(self, way: int) -> None:
        """Go to another question."""
        self._current = self._neighbour(way)
        self._put("#state", "")
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
        if self.query_one(Answer).display:
            self._close_own()
            self._explain()
        elif self._asked and self.lift_app.busy and run is not None and not run.cancelling:
            self.lift_app.action_cancel_run()
        else:
            self.dismiss(None)

    def _close_own(self) -> None:
        own = self.query_one(Answer)
        if own.display:
            own.display = False
            self.query_one("#deck").remove_class("-own")
            self.query_one(Options).focus()

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
        span = run.open_span()
        if run.cancelling:
            self._put("#state", "Stopping the model …")
        elif span is not None:
            self._put("#state", f"The model suggests: {span.name} · {run.elapsed_s():.0f} s · esc stops it")
        self._take_options(run)

    def end_run(self, run: RunView) -> None:
        """The suggestions are complete, or what came of them is all there will be."""
        if not self._asked:
            return
        asked, self._asked = self._asked, ""
        hole = next((hole for hole in self.holes if hole.identifier == asked), None)
        if run.error is None:
            self._put("#state", "")
            self._take_options(run)
        elif hole is not None and (hole.options or not self._whole(run)):
            self._suggested.pop(asked, None)
            self._put("#state", f"No suggestions: {run.error['what']}")
        else:
            self._suggested[asked] = self._whole(run)
            self._put("#state", f"The suggestions are not complete: {run.error['what']}")
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


def _header(ir: IR) -> str:
    """The function in one line."""
    parameters = ", ".join(f"{parameter.name}: {parameter.type_hint}" for parameter in ir.signature.parameters)
    return f"{ir.signature.name}({parameters}) -> {ir.signature.returns}"


_PLACES = {
    "intent": "the intent: what the function is for",
    "signature": "the signature: a name or a type",
    "effect": "the effects: what it does beside returning a value",
    "assertion": "the pre- and postconditions",
    "implementation": "the implementation: how it is done",
}


def _about(hole: TypedHole) -> str:
    """Which hole this is, the type of its answer, and where it belongs."""
    return f"{hole.identifier} · {hole.type_hint} · belongs to {_PLACES[hole.kind]}"


def _row(number: int, option: str) -> Content:
    from tui.wording import printable

    key = f"{number}" if number <= 9 else " "
    return Content.assemble((key, "bold"), "  ", printable(option))


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
