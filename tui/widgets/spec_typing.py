"""What is typed in the specification pane: kept in a file until it is saved, given back, handed to an editor."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

from engine.ir.addresses import index_of, list_of
from tui.messages import Failed
from tui.widgets.spec_edits import SpecEdits

if TYPE_CHECKING:
    from engine.sessions.records import Draft
    from tui.session_view import SessionView
    from tui.spec_jobs import Saved
    from tui.unsaved import Journal, Unsaved
    from tui.widgets.clause_editor import ClauseEditor
    from tui.widgets.spec_text import SpecText

PAUSE_S = 0.25
"""What is typed is written to its file when nothing was typed for this long, in seconds."""


class SpecTyping(SpecEdits):
    """See the module."""

    _journal: Journal | None = None

    def copy_text(self) -> str:
        """The text form, as typed where it is being edited."""
        text = self.text_view
        if self.showing() == "text" and text is not None:
            return text.text
        return self.view.draft.ir_text if self.view is not None and self.view.draft is not None else ""

    def go_to(self, address: str) -> None:
        """Show the clause at ``address``."""
        self.mode = "clauses"
        self.show_fitting()
        if not self.clauses.choose(address):
            self._target = address

    # Sessions ----------------------------------------------------------------------------------

    def show_session(self, view: SessionView | None) -> None:
        """Show a session; what is being typed in it stays as it is."""
        before, same = self.view, self._is_same(view)
        if not same and before is not None:
            self._let_go()
        super().show_session(view)
        self.known, self._written = True, None
        draft = view.draft if view is not None else None
        if not same or draft is not None:
            self.streamed = None
        self.show_rows(draft.ir if draft is not None else None)
        text = self.text_view
        if view is not None and text is not None and not (same and text.dirty):
            self._load(text, view)
        self.show_fitting()
        if view is not None and not same and view.unsaved is not None:
            self.call_later(self._give_back, view.unsaved)
        elif view is not None and draft is None and self.streamed is None and view.partial.get("draft"):
            self.run_worker(self.show_rest(view), group="rest", exclusive=True)
        self.go_on()

    def _is_same(self, view: SessionView | None) -> bool:
        return self.view is not None and view is not None and self.view.session.id == view.session.id

    def _let_go(self) -> None:
        """Leave a session: what is typed is in the journal, and the file follows at once."""
        if self._journal is not None:
            self.run_worker(partial(self._flush, 0), group="journal", exclusive=True)
        self._given_back = False
        self.forget_waiting()
        editor, text = self.clause_editor, self.text_view
        if editor is not None:
            editor.remove()
            self.clause_editor = None
            self.clauses.hide("")
        if text is not None:
            text.saved_text = text.text
            text.editor.read_only = True

    def _load(self, text: SpecText, view: SessionView) -> None:
        from tui.external_editor import first_text

        if view.draft is not None:
            text.load(view.draft.id, view.draft.ir_text)
        else:
            text.load(None, first_text(view.session.title))

    async def _text(self) -> SpecText:
        """The text view, made when it is first asked for."""
        text = self.text_view
        if text is None:
            from tui.widgets.spec_text import SpecText

            text = SpecText(id="spec-text")
            text.display = False
            await self.mount(text, before="#clause-foot")
            self.text_view = text
            if self.view is not None:
                self._load(text, self.view)
        return text

    def _editable(self) -> Draft | None:
        """The draft that edits go to; None, with a word why, when there is none."""
        view = self.view
        if view is None:
            self.notify("No session is open. Press n to begin one.")
        elif view.session.state != "draft":
            self.notify(f"The session is {view.session.state}. Press F to reopen it.", severity="warning")
        elif not view.is_head:
            self.notify("This is not the newest draft. Press b to show that one; it can be edited.", severity="warning")
        elif self.showing() == "stream" or self._written is not None:
            self.notify("The model is writing. Press escape to stop it.", severity="warning")
        elif view.draft is None:
            self.notify("There is no specification yet. Press g to have one drafted, or v to write one.")
        else:
            return view.draft
        return None

    # Clauses -----------------------------------------------------------------------------------

    async def _open(self, editor: ClauseEditor) -> None:
        """Show the field of a clause beneath its row, or beneath the one it will follow."""
        field = list_of(editor.address)
        if editor.adding and field != editor.address:
            self.clauses.choose(f"{field}[{index_of(editor.address) - 1}]")
        else:
            self.clauses.choose(editor.address)
        rows = [line for line in self.clauses.lines if list_of(line.row.address) == field]
        line = self.clauses.line if rows else next(reversed(self.clauses.lines), None)
        self.clause_editor = editor
        await (self.clauses.mount(editor, after=line) if line is not None else self.clauses.mount(editor))
        self.clauses.hide("" if editor.adding else editor.address)
        self.call_after_refresh(self.clauses.scroll_to_widget, editor, animate=False)
        self.show_fitting()

    async def _close(self, editor: ClauseEditor) -> None:
        self.clause_editor = None
        await editor.remove()
        self.clauses.hide("")
        self._given_back = False
        self._keep()
        self.show_fitting()
        self.focus_inside()

    async def on_clause_editor_left(self, message: ClauseEditor.Left) -> None:
        """Close the field; the clause stays as it was."""
        await self._close(message.editor)

    def on_clause_editor_typed(self) -> None:
        """Keep what is typed."""
        self._keep()

    def on_clause_editor_wanted(self, message: ClauseEditor.Wanted) -> None:
        """Save the clause; the field closes once it is saved."""
        self._save()

    # Text --------------------------------------------------------------------------------------

    def on_spec_text_typed(self) -> None:
        """Keep what is typed."""
        self._keep()
        self._describe(self.showing())

    def on_spec_text_wanted(self) -> None:
        """Save the text."""
        text = self.text_view
        if text is not None and text.dirty:
            self._save()
        else:
            self.notify("There is nothing to save: it is as it was.")

    def on_spec_text_left(self) -> None:
        """Save the text when the user stops typing."""
        text = self.text_view
        if text is not None and text.dirty:
            self._save()

    async def on_spec_text_editor_wanted(self) -> None:
        """Go on in the user's own editor."""
        await self.action_open_editor()

    async def action_open_editor(self) -> None:
        """Edit the text in ``$VISUAL`` or ``$EDITOR``, and take over what comes back."""
        from textual.app import SuspendNotSupported

        from engine.errors import LiftError
        from tui.external_editor import open_editor, write_file

        view, editor = self.view, self.clause_editor
        if view is None or (view.draft is not None and self._editable() is None):
            return
        if editor is not None:
            self.notify("A clause is being edited. Press enter to save it, or escape, first.")
            return
        text = await self._text()
        path = None
        try:
            path = await asyncio.to_thread(write_file, view.session.id, text.text)
            with self.app.suspend():
                typed = open_editor(path)
        except SuspendNotSupported:
            self.notify("This terminal cannot be handed to an editor.", severity="error")
            return
        except LiftError as error:
            self.post_message(Failed(error))
            return
        if typed == text.text:
            self.notify("Nothing was changed.")
        else:
            self.mode = "text"
            text.load(text.base, text.saved_text, typed)
            self._keep()
            await self._flush(0)
            self._save()
            self.show_fitting()
            text.editor.focus()
        path.unlink(missing_ok=True)

    # What is not saved yet -----------------------------------------------------------------------

    def _unsaved(self) -> Unsaved | None:
        """What is typed and not saved."""
        from tui.unsaved import Unsaved

        editor, text = self.clause_editor, self.text_view
        if editor is not None and editor.dirty:
            return Unsaved(editor.text, editor.base, editor.address, editor.adding)
        if text is not None and text.dirty:
            return Unsaved(text.text, text.base)
        return None

    @property
    def journal(self) -> Journal:
        """Where unsaved texts are kept."""
        if self._journal is None:
            from tui.unsaved import Journal

            self._journal = Journal()
        return self._journal

    def _keep(self) -> None:
        """Note what is unsaved; its file is written soon, away from the thread that draws."""
        if self.view is not None:
            unsaved = self._unsaved()
            self._given_back = self._given_back and unsaved is not None
            self.journal.keep(self.view.session.id, unsaved)
            self.run_worker(partial(self._flush, PAUSE_S), group="journal", exclusive=True)

    async def _flush(self, wait_s: float) -> None:
        from engine.errors import LiftError

        await asyncio.sleep(wait_s)
        journal = self.journal
        try:
            await self.desk.edit(lambda _: journal.flush())
        except LiftError as error:
            self.post_message(Failed(error))

    def on_unmount(self) -> None:
        """Write what the last keystrokes left to be written."""
        from engine.errors import LiftError

        if self._journal is not None:
            with contextlib.suppress(LiftError):  # there is no screen left to say it on
                self._journal.flush()

    async def _give_back(self, unsaved: Unsaved) -> None:
        """Show what was typed in an earlier sitting and not saved."""
        view = self.view
        if view is None or view.unsaved is not unsaved:
            return
        self.journal.keep(view.session.id, unsaved)
        self._given_back = True
        if not unsaved.address:
            text = await self._text()
            text.load(unsaved.base, text.saved_text, unsaved.text)
            self.mode = "text"
            self.show_fitting()
            return
        base = await self._draft_of(unsaved)
        if base is None:
            return
        from tui.clause_forms import form
        from tui.widgets.clause_editor import ClauseEditor

        before = "" if unsaved.adding else form(base.ir, unsaved.address)
        self.mode = "clauses"
        focused = self.screen.focused
        await self._open(
            ClauseEditor(
                base.ir, base.id, unsaved.address, before, adding=unsaved.adding, changed=unsaved.text, take_focus=False
            )
        )
        if focused is not None and focused.is_attached:
            focused.focus()

    async def _draft_of(self, unsaved: Unsaved) -> Draft | None:
        from engine.errors import LiftError

        base = unsaved.base
        try:
            return await self.desk.edit(lambda store: store.drafts.get(base)) if base is not None else None
        except LiftError as error:
            self.post_message(Failed(error))
            return None

    def _save(self) -> None:
        if self.has_to_wait(self._save):
            return
        unsaved = self._unsaved()
        if unsaved is not None:
            from tui.spec_jobs import save_unsaved

            self.edit(save_unsaved(self.journal, unsaved))

    def edited(self, result: Any) -> str:
        """Take over what has become of an edit; what was typed since stays unsaved."""
        saved: Saved = result
        if self.view is None or saved.session_id != self.view.session.id:
            return saved.note
        self._target = saved.address
        editor, text = self.clause_editor, self.text_view
        if saved.unsaved is not None and saved.unsaved.address and editor is not None:
            self.call_later(self._close, editor)
        elif saved.unsaved is not None and text is not None:
            text.base, text.saved_text = saved.draft, saved.unsaved.text
            self._keep()
        return saved.note

    def action_drop(self) -> None:
        """Drop what was typed and not saved, after a question."""
        if self._unsaved() is None:
            self.notify("Everything is saved.")
            return
        from tui.screens.ask import ConfirmScreen

        async def drop(yes: bool | None) -> None:
            editor, text = self.clause_editor, self.text_view
            if yes and editor is not None:
                await self._close(editor)
            elif yes and text is not None and self.view is not None:
                self._given_back = False
                self._load(text, self.view)
                self._keep()
                self.show_fitting()

        self.app.push_screen(ConfirmScreen("Drop what you have typed and not saved?"), drop)
