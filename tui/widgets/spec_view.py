"""What the specification pane shows, and when: clauses, text, or what the model is writing.

Editing is in :mod:`tui.widgets.spec_pane`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.widgets.clause_list import ClauseList
from tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.ir.models import IR
    from tui.run_view import RunView
    from tui.session_view import SessionView
    from tui.widgets.clause_editor import ClauseEditor
    from tui.widgets.python_area import PythonArea
    from tui.widgets.spec_text import SpecText

Shown = Literal["empty", "clauses", "text", "stream"]

OPENING = "Opening …"
NO_SESSION = "No session is open.\n\nPress n to begin one: say in plain English what a function should do."
NO_DRAFT = (
    "There is no specification yet.\n\nPress g to let the model draft one, v to write it as text, "
    "or ctrl+e to write it in your own editor."
)


class SpecView(Pane):
    """See the module."""

    DEFAULT_CSS = """
    SpecView #spec-note { height: auto; color: $warning; display: none; }
    SpecView #spec-empty { height: 1fr; color: $muted; }
    SpecView #clauses { height: 1fr; }
    SpecView #clause-foot { height: auto; max-height: 2; color: $muted; }
    SpecView #stream { height: 1fr; }
    """

    known: bool = False
    """Whether it is known by now which session is open, if any."""

    mode: Literal["clauses", "text"] = "clauses"
    """The view that the user has chosen."""

    streamed: tuple[str, str] | None = None
    """The session that the model is writing a specification for, and the text so far."""

    text_view: SpecText | None = None
    """The text, once it has been asked for."""

    clause_editor: ClauseEditor | None = None
    """The field in which a clause is being edited, if one is."""

    stream: PythonArea | None = None
    """What the model is writing, once it has begun."""

    _written: IR | None = None
    """The specification that the model has written in a run that is not over."""

    _target: str = ""
    """The clause to go to when the session is shown next."""

    _given_back: bool = False
    """Whether what is shown unsaved comes from an earlier sitting."""

    def compose(self) -> ComposeResult:
        """The note, the views; the editors come when they are needed."""
        yield Static(id="spec-note", markup=False)
        yield Static(OPENING, id="spec-empty", markup=False)
        yield ClauseList(id="clauses")
        yield Static(id="clause-foot", markup=False)

    def on_mount(self) -> None:
        """Show that there is nothing yet."""
        self.show_fitting()

    # Parts -------------------------------------------------------------------------------------

    @property
    def clauses(self) -> ClauseList:
        """The rows."""
        return self.query_one(ClauseList)

    @property
    def being_edited(self) -> bool:
        """Whether the user has a text under their hands, which nothing else may touch."""
        text = self.text_view
        return self.clause_editor is not None or (text is not None and (text.typing or text.dirty))

    # What is shown -------------------------------------------------------------------------------

    def showing(self) -> Shown:
        """Which view fits."""
        session_id = self.view.session.id if self.view is not None else ""
        if self.streamed is not None and self.streamed[0] == session_id and not self.being_edited:
            return "clauses" if self._written is not None else "stream"
        if self.view is None:
            return "empty"
        if self.mode == "text" and self.text_view is not None:
            return "text"
        return "empty" if self.view.draft is None else "clauses"

    def show_fitting(self) -> None:
        """Show the view that fits, and say what there is to say about it."""
        shown, inside = self.showing(), self.has_focus_within
        with self.app.batch_update():
            self.query_one("#spec-empty", Static).update(self._nothing())
            self.query_one("#spec-empty").display = shown == "empty"
            self.clauses.display = shown == "clauses"
            self.query_one("#clause-foot").display = shown == "clauses"
            for part, name in ((self.text_view, "text"), (self.stream, "stream")):
                if part is not None:
                    part.display = shown == name
            self._describe(shown)
        self.can_focus = shown == "empty"
        if inside and (self.screen.focused is None or not self.screen.focused.display):
            self.focus_inside()

    def _nothing(self) -> str:
        """Why there is nothing to show, and what to press."""
        if self.view is None:
            return NO_SESSION if self.known else OPENING
        return NO_DRAFT

    def focus_inside(self) -> None:
        """Put the focus on the view that shows, or on what is being edited in it."""
        shown, editor, text, stream = self.showing(), self.clause_editor, self.text_view, self.stream
        if shown == "text" and text is not None:
            text.editor.focus()
        elif shown == "stream" and stream is not None:
            stream.focus()
        elif shown == "clauses" and editor is not None:
            editor.field.focus()
        elif shown == "clauses":
            self.clauses.focus()
        else:
            self.focus()

    def _describe(self, shown: Shown) -> None:
        note = self._note(shown)
        self.query_one("#spec-note", Static).update(note)
        self.query_one("#spec-note").display = bool(note)
        view, parts = self.view, []
        if view is not None and view.draft is not None and shown != "stream":
            parts.append(f"draft {view.draft.seq} of {max(draft.seq for draft in view.drafts)}")
            if view.problems:
                parts.append(f"{len(view.problems)} problem{'s' if len(view.problems) > 1 else ''}")
        text = self.text_view
        if text is not None and text.dirty:
            parts.append("unsaved text")
        self.border_subtitle = " · ".join(parts)

    def _note(self, shown: Shown) -> str:
        view, text = self.view, self.text_view
        if shown == "stream":
            running = self.lift_app.busy
            return (
                "The model is writing …" if running else "This is how far the model came. R goes on, v shows your own."
            )
        if self._written is not None and shown == "clauses":
            return "As the model wrote it; it can be edited once the run is over."
        if view is None:
            return ""
        if self._given_back and self.being_edited:
            keys = (
                "enter saves it, escape drops it" if self.clause_editor is not None else "ctrl+s saves it, x drops it"
            )
            return f"You had typed this and not saved it: {keys}."
        if text is not None and text.dirty and shown != "text":
            return "The text has changes that are not saved: v shows them, x drops them."
        if text is not None and text.dirty and view.draft is not None and text.base != view.draft.id:
            return "The session has changed since you began to type; your text will be kept beside the newest draft."
        if not view.is_head and view.draft is not None:
            return f"This is draft {view.draft.seq}, not the newest. b shows the newest, d compares."
        return ""

    def show_rows(self, ir: IR | None) -> None:
        """Show the clauses of ``ir``, with the problems of the open draft if it is that."""
        from tui.clause_rows import clause_rows

        draft = self.view.draft if self.view is not None else None
        problems = self.view.problems if self.view is not None and draft is not None and ir is draft.ir else ()
        target, self._target = self._target, ""
        self.clauses.show_rows(clause_rows(ir, problems) if ir is not None else [], address=target)

    def on_clause_list_chosen(self, message: ClauseList.Chosen) -> None:
        """Say where the clause under the cursor comes from."""
        row = message.row
        foot = self.query_one("#clause-foot", Static)
        foot.update(Content("") if row is None else Content(f"{row.address} · {row.origin}"))

    # Runs --------------------------------------------------------------------------------------

    def show_run(self, run: RunView) -> None:
        """Show the specification as the model writes it."""
        view = self.view
        if view is None or run.session_id != view.session.id or run.kind not in ("generate", "draft"):
            return
        if not run.running or self.being_edited:
            return
        if run.spec is not None:
            if run.spec is not self._written:
                self._written, self.streamed = run.spec, (view.session.id, run.spec_text)
                self.show_rows(run.spec)
                self.show_fitting()
        elif run.spec_text:
            self.show_stream(view.session.id, run.spec_text)

    def end_run(self, run: RunView) -> None:
        """Say that the model has stopped; what it has written stays until the session is read again."""
        self.show_fitting()

    def show_stream(self, session_id: str, text: str) -> None:
        """Show what the model has written so far."""
        begun, self.streamed = self.streamed is None, (session_id, text)
        stream = self.stream
        if stream is None:
            from tui.widgets.python_area import PythonArea

            self.stream = PythonArea(text, id="stream", read_only=True, soft_wrap=True)
            self.mount(self.stream, before="#clause-foot")
            begun = True
        else:
            stream.grow(text)
        if begun:
            self.call_after_refresh(self.show_fitting)

    async def show_rest(self, view: SessionView) -> None:
        """Show what a run left that did not come to its end, in a session without a draft."""
        from tui.partial_spec import text_so_far

        text = await asyncio.to_thread(text_so_far, view.partial.get("draft", ""))
        if text and view is self.view and self.streamed is None:
            self.show_stream(view.session.id, text)
