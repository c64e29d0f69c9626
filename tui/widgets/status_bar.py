"""The top line: the open session, what is open in it, the endpoint, and what the model is doing.

The line never breaks and never scrolls. Where it is too long, its parts give way one after the
other (:data:`YIELDING`), what the user can do without first; the title takes what room is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

if TYPE_CHECKING:
    from tui.run_view import RunView
    from tui.session_view import SessionView

TITLE_CELLS = 24
"""The other parts give way until the title has this much room, or all it needs."""

YIELDING = ("brand", "run", "state", "endpoint", "problems", "run", "questions", "endpoint")
"""Which part is the next to take a shorter form (the last of which is nothing)."""

LEFT = ("brand", "title", "state", "questions", "problems")
RIGHT = ("run", "endpoint")
STYLES = {"brand": "bold $primary", "questions": "bold", "problems": "$warning", "run": "$accent", "endpoint": "$muted"}
SEPARATOR = " · "


class Part(NamedTuple):
    """One part of the line in its forms, the longest first; it never gets shorter than the last one."""

    forms: tuple[str, ...] = ("",)

    def form(self, step: int) -> str:
        """The form after giving way ``step`` times."""
        return self.forms[min(step, len(self.forms) - 1)]


class StatusBar(Widget):
    """See the module."""

    DEFAULT_CSS = """
    StatusBar { height: 1; padding: 0 1; background: $panel; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._parts = {"brand": Part(("Lift", "")), "title": Part(("opening …",))}
        self._run: RunView | None = None
        self._clock: Timer | None = None
        self._drawn = ""

    def on_mount(self) -> None:
        """Count the seconds of a run even while it says nothing."""
        self._clock = self.set_interval(1.0, self._show_seconds, pause=True)

    def show_session(self, view: SessionView | None) -> None:
        """Show which session is open."""
        if view is None:
            session = {"title": Part(("no session yet: press n",)), **dict.fromkeys(("state", "questions", "problems"))}
        else:
            from tui.wording import printable

            state, holes, problems = view.session.state, view.session.holes_open, len(view.problems)
            session = {
                "title": Part((" ".join(printable(view.session.title or view.session.id).split()),)),
                "state": Part((state, "")) if state == "draft" else Part((state,)),
                "questions": _counted(holes, "open question", ": o", f"{holes} open: o"),
                "problems": _counted(problems, "problem", "", f"! {problems}"),
            }
        self._parts |= {name: part or Part() for name, part in session.items()}
        self._draw()

    def show_endpoint(self, text: str) -> None:
        """Show the endpoint's name and whether it is warm, such as ``local warm``."""
        words = text.split()
        self._parts["endpoint"] = Part((text, words[0], "") if len(words) == 2 else (text, ""))
        self._draw()

    def show_run(self, run: RunView) -> None:
        """Show what the model is doing."""
        self._run = run
        if self._clock is not None:
            if run.running:
                self._clock.resume()
            else:
                self._clock.pause()
        self._show_seconds()

    def _show_seconds(self) -> None:
        run = self._run
        if run is None or not run.running:
            self._parts["run"] = Part()
        elif run.cancelling:
            self._parts["run"] = Part(("stopping …",))
        else:
            span, seconds = run.open_span(), f"{run.elapsed_s():.0f} s"
            stage = span.stage if span else run.kind or "starting"
            done = f" {span.fraction:.0%}" if span and span.fraction is not None else ""
            doing = f"{stage}: {span.name}{done}" if span else stage
            brief = f"{stage}{done} {seconds}"
            self._parts["run"] = Part((f"{doing} · {seconds} · esc stops", f"{brief} · esc stops", brief))
        self._draw()

    def _draw(self) -> None:
        """Draw again, if there is anything new: a run tells more often than it says something else."""
        line = self.render().plain
        if line != self._drawn:
            self._drawn = line
            self.refresh()

    def render(self) -> Content:
        """The line, as long as the bar is wide."""
        width = self.content_size.width
        steps = dict.fromkeys(self._parts, 0)
        texts, room = self._texts(steps, width)
        for name in YIELDING:
            if room >= min(texts["title"].cell_length, TITLE_CELLS):
                break
            if name in steps:
                steps[name] += 1
                texts, room = self._texts(steps, width)
        texts["title"] = texts["title"].truncate(max(room, 1), ellipsis=True)
        left, right = _side(texts, LEFT), _side(texts, RIGHT)
        return Content.assemble(left, " " * max(width - left.cell_length - right.cell_length, 1), right)

    def _texts(self, steps: dict[str, int], width: int) -> tuple[dict[str, Content], int]:
        """All parts after giving way so many times, and the cells that are left for the title."""
        texts = {name: Content(part.form(steps[name])) for name, part in self._parts.items()}
        taken = [texts[name].cell_length + len(SEPARATOR) for name in texts if name != "title" and texts[name].plain]
        return texts, width - sum(taken)


def _counted(count: int, noun: str, key: str, short: str) -> Part | None:
    """``2 open questions: o``, and the short form; nothing when there are none."""
    return Part((f"{count} {noun}{'s' if count != 1 else ''}{key}", short)) if count else None


def _side(texts: dict[str, Content], names: tuple[str, ...]) -> Content:
    shown = [texts[name].stylize(STYLES.get(name, "")) for name in names if name in texts and texts[name].plain]
    return Content(SEPARATOR).join(shown)
