"""Comparing any two drafts of a session, clause by clause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.keys import bind
from tui.messages import Failed, SessionPicked
from tui.screens.page import Page
from tui.widgets.reading import Reading

if TYPE_CHECKING:
    from engine.sessions.records import DraftInfo
    from engine.sessions.store import SessionStore
    from tui.present_changes import Line
    from tui.session_view import SessionView

COLOURS = {"+": "$success", "-": "$error", "~": "$warning", ">": "$secondary", "!": "$warning"}


class DiffScreen(Page):
    """What turns one draft into another: ``-`` what went, ``+`` what came, ``~`` where, ``>`` what moved.

    Args:
        view: the session; the draft that is shown is compared with the one it was made from.
    """

    NAME = "Compare drafts"
    HELP = (
        "What turns the older draft into the newer one, clause by clause. left and right choose the newer one, "
        "the brackets the older one; enter opens the newer one in the workbench."
    )
    CSS_PATH = "diff.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("right,l", "choose_new(1)", "diff.new-later", "New: later", "Compare with a later draft.", show=True),
        bind("left,h", "choose_new(-1)", "diff.new-earlier", "New: earlier", "Compare with an earlier one.", show=True),
        bind("right_square_bracket", "choose_old(1)", "diff.old-later", "Old: later", "Begin later.", show=True),
        bind("left_square_bracket", "choose_old(-1)", "diff.old-earlier", "Old: earlier", "Begin earlier.", show=True),
        bind("enter", "open", "diff.open", "Open", "Show the newer draft in the workbench.", show=True),
        bind("S", "select", "diff.select", "Make it the head", "Go on from the newer draft; u leads back.", show=True),
    ]

    @dataclass
    class Compared(Message):
        """The drafts with these numbers have been compared."""

        old: int
        new: int
        lines: list[Line]

    def __init__(self, view: SessionView) -> None:
        super().__init__()
        self._session = view.session
        self._drafts = {draft.seq: draft for draft in view.drafts}
        self._numbers = sorted(self._drafts)
        assert view.draft is not None
        self.new = view.draft.seq
        parent = next((draft.seq for draft in view.drafts if draft.id == view.draft.parent_id), None)
        self.old = parent if parent is not None else next(number for number in self._numbers if number != self.new)
        self._text = ""

    def body(self) -> ComposeResult:
        """The two drafts, and what changed."""
        yield Static(id="old", classes="draft", markup=False)
        yield Static(id="new", classes="draft", markup=False)
        with Reading():
            yield Static(id="changes", markup=False)

    def on_mount(self) -> None:
        """Compare."""
        self.query_one(Reading).focus()
        self._compare()

    def copy_text(self) -> str:
        """The comparison as text."""
        return self._text

    def action_choose_new(self, step: int) -> None:
        """Take a later or an earlier draft as the newer one."""
        self.new = self._stepped(self.new, step)
        self._compare()

    def action_choose_old(self, step: int) -> None:
        """Take a later or an earlier draft as the older one."""
        self.old = self._stepped(self.old, step)
        self._compare()

    def action_open(self) -> None:
        """Show the newer draft in the workbench."""
        head = self._drafts[self.new].id == self._session.head_id
        self.app.screen_stack[0].post_message(SessionPicked(self._session.id, None if head else self.new))
        self.dismiss()

    def action_select(self) -> None:
        """Make the newer draft the head."""
        self.run_worker(self._select(self.new), group="edits")

    async def _select(self, number: int) -> None:
        from engine.errors import LiftError
        from engine.lifecycle.moving import select
        from tui.messages import SessionChanged

        session_id, desk = self._session.id, self.lift_app.desk
        try:
            await desk.edit(lambda store: select(store, session_id, number, author=desk.author))
        except LiftError as error:
            self.post_message(Failed(error))
            return
        note = f"Draft {number} is the head now. Press u to go back."
        self.app.screen_stack[0].post_message(SessionChanged(session_id, note))
        if self.is_current:
            self.dismiss()

    def _stepped(self, number: int, step: int) -> int:
        place = self._numbers.index(number) + step
        return self._numbers[min(len(self._numbers) - 1, max(0, place))]

    def _compare(self) -> None:
        self.query_one("#old", Static).update(self._named("old", self._drafts[self.old]))
        self.query_one("#new", Static).update(self._named("new", self._drafts[self.new]))
        self.run_worker(self._read(self.old, self.new), group="compare", exclusive=True)

    def _named(self, side: str, draft: DraftInfo) -> Content:
        from tui.wording import printable

        is_head = draft.id == self._session.head_id
        what = (
            "head" if is_head else "proposal" if draft.proposed else "beside the head" if draft.became_sibling else ""
        )
        words = [f"draft {draft.seq}", what, draft.author or draft.source, f"{draft.created_at.astimezone():%F %H:%M}"]
        said = " · ".join([*(word for word in words if word), *([draft.reason] if draft.reason else [])])
        return Content.assemble((f"{side}  ", "bold $primary"), printable(" ".join(said.split())))

    async def _read(self, old: int, new: int) -> None:
        from engine.errors import LiftError

        session_id = self._session.id

        def read(store: SessionStore) -> list[Line]:
            from engine.lifecycle.compare import compare
            from engine.stages.events import ProposedChange
            from tui.present_changes import change_lines

            found = compare(store, session_id, old, new)
            numbered = [
                ProposedChange(number=number, change=change, human=False)
                for number, change in enumerate(found.changes, 1)
            ]
            return list(change_lines(numbered, found.old.ir, found.new.ir))

        try:
            self.post_message(self.Compared(old, new, await self.lift_app.desk.look(read)))
        except LiftError as error:
            self.post_message(Failed(error))

    def on_diff_screen_compared(self, message: Compared) -> None:
        """Show what changed, if it is about the drafts that are chosen."""
        from tui.wording import printable

        if (message.old, message.new) != (self.old, self.new):
            return
        lines = [(line.sign, printable(line.text)) for line in message.lines]
        same = "It is the same draft." if self.old == self.new else "The two drafts say the same."
        header = f"Session {self._session.id}: draft {self.old} to draft {self.new}"
        self._text = "\n".join([header, *(text for _, text in lines)]) if lines else f"{header}: {same}"
        shown = [Content.styled(text, COLOURS[sign]) for sign, text in lines] or [Content(same)]
        self.query_one("#changes", Static).update(Content("\n").join(shown))
        self.query_one(Reading).scroll_home(animate=False)
