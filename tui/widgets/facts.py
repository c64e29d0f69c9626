"""A line of short facts with dots between them, which breaks between two facts where it is too long."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

BETWEEN = " · "


class Facts(Static):
    """Shows facts; without any it takes no room.

    Its height changes, and with it the layout, only where the number of lines does.
    """

    DEFAULT_CSS = """
    Facts { height: auto; display: none; }
    Facts.-some { display: block; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._facts: tuple[str, ...] = ()
        self._lines = 0

    @property
    def text(self) -> str:
        """The facts in one line, as they are copied."""
        return BETWEEN.join(self._facts)

    def say(self, *facts: str) -> None:
        """Show these facts, in characters that can be printed; empty ones are left out."""
        from tui.wording import printable

        said = tuple(printable(fact) for fact in facts if fact)
        if said != self._facts:
            self._facts = said
            self.set_class(bool(said), "-some")
            self._wrap()

    def on_resize(self) -> None:
        """Break where it has to now."""
        self._wrap()

    def _wrap(self) -> None:
        width = self.size.width
        lines: list[str] = []
        for fact in self._facts:
            longer = f"{lines[-1]}{BETWEEN}{fact}" if lines else fact
            if lines and (not width or Content(longer).cell_length <= width):
                lines[-1] = longer
            else:
                lines.append(fact)
        content = Content("\n".join(lines))
        high = len(content.wrap(width)) if width else 0
        same, self._lines = high == self._lines and high > 0, high
        self.update(content, layout=not same)
