"""The pane of the code: streams while it is written, leafs through its versions, compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui.code_versions import Version, facts, newest, versions
from tui.keys import bind
from tui.widgets.code_view import CodeView
from tui.widgets.facts import Facts
from tui.widgets.pane import Pane

if TYPE_CHECKING:
    from tui.run_view import RunView
    from tui.session_view import SessionView

EMPTY = "No code yet: press g to write it."
NO_SESSION = "No session is open: press n to begin one."


class CodePane(Pane):
    """See the module."""

    NAME = "Code"
    HELP = (
        "The code that was written for the specification, as it streams in. Every version is kept: [ and ] leaf "
        "through them, x compares one with the version before it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("left_square_bracket", "leaf(-1)", "code.older", "Older", "Show the version before this one."),
        bind("right_square_bracket", "leaf(1)", "code.newer", "Newer", "Show the version after this one."),
        bind("x,equals_sign", "compare", "code.compare", "Compare", "Compare with the version before, or stop it."),
    ]
    DEFAULT_CSS = """
    CodePane {
        #code-head { color: $muted; }
    }
    """

    run: RunView | None = None
    """The run that is followed; None when nothing streams."""

    _key = ""
    """Key of the version that is shown."""

    _shown = ""
    """The code that is shown, as it was written."""

    _comparing = False
    _picked: str | None = None
    """Key of the version that the user leafed to; None while the newest is shown."""

    def compose(self) -> ComposeResult:
        """One line about the version, and the code."""
        yield Facts(id="code-head")
        yield CodeView()

    # What is shown -----------------------------------------------------------------------------

    def show_session(self, view: SessionView | None) -> None:
        """Show the code of another session, or of another state of the same."""
        other = (view.session.id if view else "") != (self.view.session.id if self.view else "")
        super().show_session(view)
        going = self.lift_app.run_view
        follows = going is not None and going.running and self.lift_app.busy and going.concerns(view)
        self.run = going if follows else None
        if other:
            self._picked, self._comparing = None, False
        self._draw()

    def show_run(self, run: RunView) -> None:
        """Show how far the code has come."""
        if not run.concerns(self.view) or not run.running:
            return
        if run is not self.run:
            self.run, self._picked, self._comparing = run, None, False
        self._draw()

    def end_run(self, run: RunView) -> None:
        """Nothing streams any more; what was saved follows."""
        self.query_one(CodeView).finish()

    def go_to(self, line: int) -> None:
        """Show a line, from 1, of the code that the checks are about."""
        checked = str(self.view.code.id) if self.view is not None and self.view.code is not None else None
        if self.run is None and (self._comparing or checked != self._key):
            self._picked, self._comparing = checked, False
            self._draw()
        if not self.query_one(CodeView).go_to(line):
            self.notify(f"The code has no line {line}.", severity="warning")

    def copy_text(self) -> str:
        """The lines selected, or all of the code."""
        return self.query_one(CodeView).chosen_text or self._shown

    def action_leaf(self, way: int) -> None:
        """Show an older or a newer version."""
        found = versions(self.view, self.run)
        at = self._at(found) + way
        if not 0 <= at < len(found):
            if found:
                self.notify("This is the oldest version." if way < 0 else "This is the newest version.")
            return
        self._picked = found[at].key
        self._draw()

    def action_compare(self) -> None:
        """Compare the version shown with the one before it, or show it alone again."""
        found = versions(self.view, self.run)
        if not self._comparing and self._at(found) < 1:
            self.notify("There is no older version to compare with.", severity="warning")
            return
        self._comparing = not self._comparing
        self._draw(anew=True)

    # Drawing -----------------------------------------------------------------------------------

    def _at(self, found: list[Version]) -> int:
        """Index of the version to show; -1 when there is none."""
        if self._picked is not None:
            for index, version in enumerate(found):
                if version.key == self._picked:
                    return index
        return newest(found, self.view)

    def _draw(self, *, anew: bool = False) -> None:
        """Bring the screen up to what there is to show, by appending where that is enough."""
        found = versions(self.view, self.run)
        at = self._at(found)
        code, said = self.query_one(CodeView), self.query_one(Facts)
        if at < 0:
            self._key = self._shown = ""
            code.load("")
            code.rows = []
            said.say(NO_SESSION if self.view is None else self._waiting() or EMPTY)
            return
        version = found[at]
        comparing = self._comparing and at > 0
        said.say(*facts(found, at, self.view), f"compared with version {at}" if comparing else "")
        streaming = version.kind == "streaming"
        grown = version.code.startswith(self._shown) and self._shown
        if comparing:
            if anew or version.key != self._key or version.code != self._shown:
                code.compare(found[at - 1].code, version.code)
        elif anew or not grown or (version.key != self._key and version.code != self._shown):
            code.load(version.code, streaming=streaming)
        elif version.code != self._shown:
            code.append(version.code[len(self._shown) :])
        if not streaming:
            code.finish()
        self._key, self._shown = version.key, version.code

    def _waiting(self) -> str:
        """What to say while a run has not come to the code."""
        return "The code comes after the specification." if self.run is not None and self.run.running else ""
