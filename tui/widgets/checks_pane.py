"""The pane of the checks: every verdict with its clause and its evidence, filled in while they run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.keys import bind
from tui.messages import ClauseWanted, LineWanted
from tui.widgets.facts import Facts
from tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.stages.events import CheckResult
    from tui.run_view import RunView
    from tui.session_view import SessionView

EMPTY = "No checks yet: press g to write code and check it."
NO_SESSION = "No session is open: press n to begin one."

STYLES = {"passed": "$success", "failed": "bold $error", "skipped": "$muted", "error": "bold $error"}
BAD = ("failed", "error")


class CheckList(OptionList):
    """The list of the verdicts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("j", "cursor_down", "checks.down", "Down", "Go to the next check."),
        bind("k", "cursor_up", "checks.up", "Up", "Go to the check before."),
        bind("G", "last", "checks.last", "Last", "Go to the last check."),
    ]
    DEFAULT_CSS = """
    CheckList {
        height: 1fr;
        border: none;
        padding: 0;
        background: transparent;
        scrollbar-size-vertical: 1;

        &:focus { border: none; background-tint: transparent 0%; }
    }
    """


class ChecksPane(Pane):
    """See the module."""

    NAME = "Checks"
    HELP = (
        "The verdict on every clause of the specification, with what came back instead where one failed. "
        "enter goes to the clause, c to the line of code, ] and [ to the next and the previous failure."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("right_square_bracket", "failure(1)", "checks.next-failure", "Next failure", "Go to the next failure."),
        bind(
            "left_square_bracket", "failure(-1)", "checks.previous-failure", "Failure before", "Go to the one before."
        ),
        bind("c", "code", "checks.code", "Code", "Go to the line of code that the check is about.", show=True),
    ]
    _results: tuple[CheckResult, ...] = ()
    """The verdicts that are shown."""

    _following: RunView | None = None

    def compose(self) -> ComposeResult:
        """The summary and the list."""
        yield Facts(id="checks-head")
        yield CheckList(markup=False)

    # What is shown -----------------------------------------------------------------------------

    def show_session(self, view: SessionView | None) -> None:
        """Show the verdicts on the code of another session, or of another state of the same."""
        super().show_session(view)
        going = self.lift_app.run_view
        if going is not None and going.versions and going.running and self.lift_app.busy and going.concerns(view):
            self.show_run(going)
            return
        self._following = None
        results = view.checks if view is not None else ()
        self._show(results)
        if view is None:
            self._say(NO_SESSION)
        elif not results:
            self._say(EMPTY if view.code is None else "The code has not been checked: press g.")
        else:
            self._say(*summary(results), "" if view.code_is_current else "of code for another draft: g checks anew")

    def show_run(self, run: RunView) -> None:
        """Show the verdicts so far."""
        if not run.concerns(self.view) or not (run.versions or run.stage == "check"):
            return
        if run is not self._following:
            self._following = run
            self._show(())
        self._show(tuple(run.checks))
        version = f"of attempt {run.attempt + 1}" if run.attempt else ""
        going = "checking …" if run.running and run.stage == "check" else ""
        self._say(*summary(run.checks), version, going)

    def copy_text(self) -> str:
        """The verdicts as text."""
        if not self._results:
            return ""
        return "\n".join([" · ".join(summary(self._results)), *(as_text(result) for result in self._results)])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Go to the clause."""
        event.stop()
        result = self._results[event.option_index]
        if result.clause:
            self.post_message(ClauseWanted(result.clause))
        else:
            self.notify("This check is about the code as a whole, not about one clause.")

    def action_code(self) -> None:
        """Go to the line of code."""
        at = self.query_one(CheckList).highlighted
        if at is None or at >= len(self._results):
            return
        line = self._results[at].line
        if line is None:
            self.notify("This check is not about one line of the code.")
        else:
            self.post_message(LineWanted(line))

    def action_failure(self, way: int) -> None:
        """Go to the next check that failed, round and round."""
        listed = self.query_one(CheckList)
        bad = [at for at, result in enumerate(self._results) if result.status in BAD]
        if not bad:
            self.notify("No check has failed.")
            return
        here = listed.highlighted if listed.highlighted is not None else -1
        further = [at for at in bad if (at > here if way > 0 else at < here)]
        listed.highlighted = (further or bad)[0 if way > 0 else -1]

    # Drawing -----------------------------------------------------------------------------------

    def _show(self, results: tuple[CheckResult, ...]) -> None:
        """Show ``results``, by adding to the list where that is enough."""
        known = len(self._results)
        if results == self._results:
            return
        listed = self.query_one(CheckList)
        if known and results[:known] == self._results:
            listed.add_options([Option(row(result)) for result in results[known:]])
        else:
            listed.clear_options()
            listed.add_options([Option(row(result)) for result in results])
        self._results = results
        if listed.highlighted is None and results:
            bad = (at for at, result in enumerate(results) if result.status in BAD)
            listed.highlighted = next(bad, 0)

    def _say(self, *facts: str) -> None:
        self.query_one(Facts).say(*facts)


def summary(results: tuple[CheckResult, ...] | list[CheckResult]) -> list[str]:
    """How many verdicts there are of each kind, such as ``9 passed`` and ``1 failed``."""
    counts = Counter(result.status for result in results)
    words = {"passed": "passed", "failed": "failed", "error": "could not be decided", "skipped": "skipped"}
    return [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]


def evidence(result: CheckResult) -> list[tuple[str, str]]:
    """What speaks for a verdict: what each piece is, and the piece; for ``passed``, what was tried."""
    if result.status == "passed":
        return [("tried", result.detail)] if result.detail else []
    pieces = [("expected", result.expected), ("actual", result.actual), ("for", result.counterexample)]
    known = {
        "expected": result.expected == result.name,
        "actual": False,
        "for": result.counterexample in result.name + result.detail,
    }
    found = [(name, piece) for name, piece in pieces if piece and not known[name]]
    told = result.actual and result.actual in result.detail and result.expected in result.detail
    if result.detail and not told:
        found.append(("why", result.detail))
    if result.line is not None:
        found.append(("line", f"{result.line} of the code"))
    return found


def as_text(result: CheckResult) -> str:
    """A verdict as lines of plain text."""
    from tui.wording import SYMBOLS, printable

    clause = f"  [{result.clause}]" if result.clause else ""
    lines = [f"{SYMBOLS[result.status][1]:<8}{printable(result.name)}{clause}"]
    lines += [f"        {name:<9}{printable(piece)}" for name, piece in evidence(result)]
    return "\n".join(lines)


def row(result: CheckResult) -> Content:
    """A verdict as the list shows it: sign and word, what was checked, its clause, the evidence."""
    from tui.wording import SYMBOLS, printable

    sign, word = SYMBOLS[result.status]
    parts: list[Content | str | tuple[str, str]] = [
        (f"{sign} {word:<8}", STYLES[result.status]),
        printable(result.name),
    ]
    if result.clause:
        parts.append((f"  {result.clause}", "$muted"))
    for name, piece in evidence(result):
        parts += [(f"\n  {name:<9}", "$muted"), printable(piece).replace("\n", "\n           ")]
    return Content.assemble(*parts)
