"""What the main screen does with the drafts of the open session: undo, redo, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from tui.keys import bind

if TYPE_CHECKING:
    from tui.session_view import SessionView

SPEC_BINDINGS = (
    bind("u", "undo", "draft.undo", "Undo", "Go back to the draft before the last change."),
    bind("ctrl+r", "redo", "draft.redo", "Redo", "Take the last undo back."),
    bind("d", "diff", "draft.diff", "Compare", "Compare any two drafts, clause by clause."),
)
"""The bindings of :class:`SpecActions`."""


class SpecActions(Screen[None]):
    """The part of the main screen that walks through drafts."""

    view: SessionView | None = None
    """The session that is open."""

    def action_undo(self) -> None:
        """Go back to the draft before the last change."""
        if self._has_draft():
            from tui.spec_jobs import undo
            from tui.widgets.spec_pane import SpecPane

            self.query_one(SpecPane).edit(undo)

    def action_redo(self) -> None:
        """Take the last undo back."""
        if self._has_draft():
            from tui.spec_jobs import redo
            from tui.widgets.spec_pane import SpecPane

            self.query_one(SpecPane).edit(redo)

    def action_diff(self) -> None:
        """Compare two drafts."""
        view = self.view
        if view is None or view.draft is None:
            self._has_draft()
        elif len(view.drafts) < 2:
            self.notify("There is only one draft, so there is nothing to compare.")
        else:
            from tui.screens.diff import DiffScreen

            self.app.push_screen(DiffScreen(view))

    def _has_draft(self) -> bool:
        if self.view is None or self.view.draft is None:
            self.notify("There is no specification yet. Press g to have one drafted, or v to write one.")
            return False
        return True
