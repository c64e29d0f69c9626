"""The pane of the specification: reading it and editing it, as clauses or as text.

Every edit becomes a draft.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from engine.ir.addresses import index_of, list_of
from tui.keys import bind
from tui.messages import SessionPicked
from tui.widgets.spec_typing import SpecTyping

if TYPE_CHECKING:
    from engine.sessions.records import Draft


class SpecPane(SpecTyping):
    """See the module."""

    NAME = "Specification"
    HELP = (
        "The specification that the code is made from, as clauses or (v) as text. Every change is saved as a draft: "
        "u takes it back, d compares drafts."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("v", "switch_view", "spec.view", "Text / clauses", "Show the text, or the clauses again.", show=True),
        bind("enter,e", "edit_here", "spec.edit", "Edit", "Edit the clause, or type in the text.", show=True),
        bind("a", "add", "spec.add", "Add", "Add a clause below this one.", show=True),
        bind("D", "delete", "spec.delete", "Delete", "Remove the clause; u brings it back."),
        bind("J", "move(1)", "spec.move-down", "Move down", "Move the clause down in its list."),
        bind("K", "move(-1)", "spec.move-up", "Move up", "Move the clause up in its list."),
        bind("right_square_bracket", "problem(1)", "spec.next-problem", "Next problem", "Go to the next problem."),
        bind(
            "left_square_bracket", "problem(-1)", "spec.previous-problem", "Last problem", "Go to the problem before."
        ),
        bind("ctrl+f", "fix", "spec.fix", "Fix", "Write what the suggestion for this clause says."),
        bind("ctrl+e", "open_editor", "spec.editor", "$EDITOR", "Edit the text in your own editor."),
        bind("b", "head", "spec.head", "Newest draft", "Show the newest draft again."),
        bind("x", "drop", "spec.drop", "Drop typing", "Drop what was typed and not saved."),
    ]

    # Looking around ------------------------------------------------------------------------------

    async def action_switch_view(self) -> None:
        """Show the text, or the clauses again."""
        if self.view is None:
            return
        if self.showing() == "stream" and not self.lift_app.busy:
            self.streamed, self.mode = None, "clauses"
        if self.mode == "clauses":
            text = await self._text()
            self.mode = "text"
            self.show_fitting()
            text.editor.focus()
            if self.view.draft is None and not text.dirty:
                await self.action_edit_here()
        else:
            self.mode = "clauses"
            self.show_fitting()
            self.focus_inside()

    def action_problem(self, way: int) -> None:
        """Go to the next problem, or the one before."""
        text = self.text_view
        if self.showing() == "text" and text is not None:
            text.step_problem(way)
            return
        rows = [line.row for line in self.clauses.lines]
        here = next((index for index, row in enumerate(rows) if row is self.clauses.row), 0)
        order = [*range(here + 1, len(rows)), *range(here + 1)] if way > 0 else [*range(here - 1, -1, -1)]
        order += [] if way > 0 else [*range(len(rows) - 1, here - 1, -1)]
        found = next((index for index in order if rows[index].problems), None)
        if found is None:
            self.notify("The specification has no problem.")
        else:
            self.clauses.choose(rows[found].address)

    def action_head(self) -> None:
        """Show the newest draft again."""
        if self.view is not None:
            self.post_message(SessionPicked(self.view.session.id))

    # Clauses -----------------------------------------------------------------------------------

    async def action_edit_here(self) -> None:
        """Edit the clause under the cursor, or begin to type in the text."""
        text, view = self.text_view, self.view
        if self.showing() == "text" and text is not None and view is not None:
            first = view.draft is None and view.session.state == "draft"
            if first or self._editable() is not None:
                text.start_typing()
            return
        if self.has_to_wait(self.action_edit_here):
            return
        draft, row = self._clause_base(), self.clauses.row
        if draft is not None and row is not None:
            from tui.clause_forms import form
            from tui.widgets.clause_editor import ClauseEditor

            await self._open(ClauseEditor(draft.ir, draft.id, row.address, form(draft.ir, row.address)))

    def action_add(self) -> None:
        """Add a clause below this one, of a kind to be chosen."""
        if self.has_to_wait(self.action_add):
            return
        draft = self._clause_base()
        if draft is None:
            return
        from tui.screens.clause_kind import ClauseKindScreen

        row = self.clauses.row
        address = row.address if row is not None else ""

        async def begin(kind: str | None) -> None:
            if kind is not None:
                from tui.widgets.clause_editor import ClauseEditor

                count = len(draft.ir.lists()[kind])
                listed = list_of(address) == kind != address
                place = index_of(address) + 1 if listed else count
                await self._open(ClauseEditor(draft.ir, draft.id, f"{kind}[{place}]", "", adding=True))

        self.app.push_screen(ClauseKindScreen(list_of(address)), begin)

    def _clause_base(self) -> Draft | None:
        text = self.text_view
        if text is not None and text.dirty:
            self.notify("The text has changes that are not saved. Press v to see to them, x to drop them.")
            return None
        if self.showing() == "text":
            self.notify("Press v to go to the clauses.")
            return None
        return self._editable() if self.clause_editor is None else None

    def action_delete(self) -> None:
        """Remove the clause under the cursor."""
        self._change_listed("remove", "can be edited, not removed")

    def action_move(self, step: int) -> None:
        """Move the clause under the cursor down or up in its list."""
        self._change_listed("move", "has its place", step)

    def _change_listed(self, what: str, refusal: str, step: int = 0) -> None:
        if self.has_to_wait(partial(self._change_listed, what, refusal, step)):
            return
        draft, row = self._clause_base(), self.clauses.row
        if draft is None or row is None:
            return
        if "[" not in row.address:
            self.notify(f"The {row.group.lower()} {refusal}.")
            return
        from tui import spec_jobs

        if what == "remove":
            self.edit(spec_jobs.remove_clause(draft.id, row.address))
        else:
            self.edit(spec_jobs.move_clause(draft.id, row.address, step))

    def action_fix(self) -> None:
        """Write what the suggestion says."""
        text = self.text_view
        if self.showing() == "text" and text is not None:
            if self._editable() is not None:
                text.fix()
                self._save()
            return
        if self.has_to_wait(self.action_fix):
            return
        draft, row = self._clause_base(), self.clauses.row
        if draft is not None and row is not None:
            from tui.spec_jobs import fix_clause

            self.edit(fix_clause(draft.id, row.address))
