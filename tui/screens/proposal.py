"""The proposal of a refinement: its changes, to accept or to leave out one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from tui.keys import bind
from tui.messages import SessionChanged
from tui.screens.session_screen import SessionScreen
from tui.widgets.choices import Choices
from tui.widgets.key_hints import KeyHints

if TYPE_CHECKING:
    from engine.lifecycle.refinement import Accepted, Proposal
    from engine.stages.events import ProposedChange

STYLES = {"+": "$success", "-": "$error", "~": "bold", ">": "bold", "!": "bold $warning"}
"""A style for each sign of :mod:`tui.present_changes`."""


class Changes(Choices):
    """The proposed changes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("space", "screen.tick_one", "proposal.toggle", "Tick", "Tick or untick the marked change.", show=True),
        bind("enter", "screen.apply", "proposal.apply", "Apply", "Make the ticked changes.", show=True),
    ]


class ProposalScreen(SessionScreen[None]):
    """Shows a proposal and applies what the user ticks.

    What would change a person's clause starts unticked: the model never outranks a person unasked.

    Args:
        proposal: the proposal.
        head: number of the session's current draft.
    """

    CSS_PATH = "proposal.tcss"
    HELP = (
        "What the model would change, line by line: - goes, + comes, ~ changes, > moves. "
        "Tick what you want and apply it, or turn all of it down; escape keeps it for later."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("a", "tick_all(True)", "proposal.all", "All", "Tick every change.", show=True),
        bind("n", "tick_all(False)", "proposal.none", "None", "Untick every change.", show=True),
        bind("x", "reject", "proposal.reject", "Reject", "Turn the proposal down; it stays in the history.", show=True),
        bind("escape", "close", "proposal.close", "Later", "Keep the proposal for later.", show=True),
    ]

    def __init__(self, proposal: Proposal, head: int) -> None:
        super().__init__()
        self._proposal = proposal
        self._head = head
        self._ticked = {proposed.number for proposed in proposal.changes if not proposed.human}
        self._marked = 0
        self._deciding = False

    def compose(self) -> ComposeResult:
        """What was asked for, the changes, how many are ticked, and the keys."""
        with Vertical(id="proposal"):
            yield Static(id="instruction", markup=False)
            yield Static(id="base", markup=False)
            yield Changes(*(Option(self._row(proposed)) for proposed in self._proposal.changes))
            yield Static(id="count", markup=False)
            yield KeyHints()

    def on_mount(self) -> None:
        """Show the proposal."""
        from tui.wording import printable

        self.query_one("#proposal").border_title = "Proposed changes"
        self.query_one("#instruction", Static).update(Content(printable(f"“{self._proposal.instruction}”")))
        base = self._proposal.base.seq
        behind = self.query_one("#base", Static)
        behind.display = base != self._head
        behind.update(
            f"! It was made for draft {base}; meanwhile draft {self._head} is the current one. "
            "Applied, it becomes a draft beside that."
        )
        self._show_count()
        self.query_one(Changes).focus()

    def _row(self, proposed: ProposedChange, *, marked: bool = False) -> Content:
        """A change with its tick; the marked one goes without colours, which its background might swallow."""
        from tui.present_changes import change_lines
        from tui.wording import printable

        box = "[x]" if proposed.number in self._ticked else "[ ]"
        lines = change_lines(
            [proposed], self._proposal.base.ir, self._proposal.draft.ir, human="a person wrote this; tick it to accept"
        )
        rows = [
            Content.assemble(
                ("   " if number else box, "bold"), (printable(line.text), "" if marked else STYLES[line.sign])
            )
            for number, line in enumerate(lines)
        ]
        return Content("\n").join(rows)

    def on_option_list_option_highlighted(self, event: Changes.OptionHighlighted) -> None:
        """Take the colours out of the marked row, and give them back to the one before."""
        for index in {self._marked, event.option_index}:
            self._redraw(index, marked=index == event.option_index)
        self._marked = event.option_index

    def _redraw(self, index: int, *, marked: bool) -> None:
        row = self._row(self._proposal.changes[index], marked=marked)
        self.query_one(Changes).replace_option_prompt_at_index(index, row)

    def _show_count(self) -> None:
        total = len(self._proposal.changes)
        self.query_one("#count", Static).update(f"{len(self._ticked)} of {total} ticked")

    def _tick(self, proposed: ProposedChange, *, on: bool) -> None:
        if (proposed.number in self._ticked) is not on:
            self._ticked ^= {proposed.number}
            index = self._proposal.changes.index(proposed)
            self._redraw(index, marked=index == self._marked)
            self._show_count()

    def action_tick_one(self) -> None:
        """Tick or untick the marked change."""
        index = self.query_one(Changes).highlighted
        if index is not None:
            proposed = self._proposal.changes[index]
            self._tick(proposed, on=proposed.number not in self._ticked)

    def on_option_list_option_selected(self, event: Changes.OptionSelected) -> None:
        """A click ticks, as space does."""
        self.action_tick_one()

    def action_tick_all(self, on: bool) -> None:
        """Tick all changes, or none."""
        for proposed in self._proposal.changes:
            self._tick(proposed, on=on)

    def action_apply(self) -> None:
        """Make the ticked changes."""
        if not self._ticked:
            self.query_one("#count", Static).update(
                "Nothing is ticked: tick a change with space, turn all down with x, or keep it for later with esc."
            )
        elif not self._deciding:
            self._deciding = True
            self.in_background(self._apply())

    async def _apply(self) -> None:
        from engine.lifecycle.refinement import accept

        draft, ticked, author = self._proposal.draft, sorted(self._ticked), self.lift_app.desk.author
        accepted = await self.save(
            lambda store: accept(store, draft.session_id, ticked, number=draft.seq, author=author)
        )
        self._decided(told(accepted) if accepted is not None else "")

    def action_reject(self) -> None:
        """Turn the proposal down."""
        if not self._deciding:
            self._deciding = True
            self.in_background(self._reject())

    async def _reject(self) -> None:
        from engine.lifecycle.refinement import reject

        draft, author = self._proposal.draft, self.lift_app.desk.author
        decision = await self.save(lambda store: reject(store, draft.session_id, number=draft.seq, author=author))
        self._decided("Turned down; the specification is as it was." if decision is not None else "")

    def _decided(self, note: str) -> None:
        """Close and tell, or stay when the decision could not be saved."""
        self._deciding = False
        if note:
            self.tell(SessionChanged(self._proposal.draft.session_id, note))
            if self.is_current:
                self.dismiss(None)

    def action_close(self) -> None:
        """Keep it for later."""
        self.dismiss(None)


def told(accepted: Accepted) -> str:
    """What became of an acceptance, for the user: what was taken, what was left out, what is wrong now."""
    from tui.wording import printable

    draft = accepted.draft
    lines = [f"Applied {_numbers(accepted.changes)}: draft {draft.seq}."]
    if draft.became_sibling:
        lines.append("It stands beside the current draft: the specification has changed since it was proposed.")
    if accepted.left_out:
        people = [proposed for proposed in accepted.left_out if proposed.human]
        why = f" ({_numbers(people)} would change what a person wrote)" if people else ""
        lines.append(f"Left out: {_numbers(accepted.left_out)}{why}.")
    lines += [f"{problem.severity}: {problem.address}: {problem.message}." for problem in accepted.problems]
    return printable("\n".join(lines))


def _numbers(changes: tuple[ProposedChange, ...] | list[ProposedChange]) -> str:
    return ", ".join(str(proposed.number) for proposed in changes)
