"""Help: what the focused part is for and the keys that work there, then all keys, with a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from tui.help_text import Section, all_sections, chain_sections
from tui.keys import bind
from tui.screens.page import Page
from tui.widgets.reading import Reading

if TYPE_CHECKING:
    from rich.table import Table


class HelpScreen(Page):
    """See the module."""

    NAME = "Help"
    HELP = "Explains what had the focus, then what stands around it, then lists every key there is."
    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("slash", "filter", "help.filter", "Search", "Show only the keys described with these words.", show=True),
        bind("K", "app.page('keymap')", "help.keymap", "Key-map", "See and change the keys.", show=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._sections: list[Section] = []

    def body(self) -> ComposeResult:
        """The filter, and the text."""
        yield Input(placeholder="words to look for", id="filter")
        yield Reading(id="sections")

    def on_mount(self) -> None:
        """Explain what had the focus before."""
        below: Screen[object] = self.app.screen_stack[-2]
        focused = below.focused
        chain = list(focused.ancestors_with_self) if focused is not None else [below, self.app]
        if below.is_modal:
            chain = chain[: chain.index(below) + 1]
        self._sections = list(chain_sections(chain, self.app._keymap))
        self.query_one(Reading).focus()
        self.run_worker(self._gather(), group="help")

    async def _gather(self) -> None:
        """Find every key there is; that imports every widget."""
        import asyncio

        from tui.known_bindings import known_bindings

        known = await asyncio.to_thread(known_bindings)
        rule = Section("All keys", "Every key of the workbench, wherever it works.", ())
        self._sections += [rule, *all_sections(known, self.app._keymap)]
        await self._show()

    async def _show(self) -> None:
        words = self.query_one(Input).value
        shown = [found for section in self._sections if (found := section.matching(words)) is not None]
        widgets: list[Widget] = []
        for section in shown:
            widgets.append(Static(section.title, classes="help--title", markup=False))
            if section.text:
                widgets.append(Static(Content(section.text), classes="help--text"))
            if section.rows:
                widgets.append(Static(_table(section)))
        if not widgets:
            widgets.append(Static("No key does that.", classes="help--text", markup=False))
        reading = self.query_one(Reading)
        async with reading.batch():
            await reading.remove_children()
            await reading.mount_all(widgets)

    def action_filter(self) -> None:
        """Begin to search."""
        self.query_one(Input).add_class("-open").focus()

    async def on_input_changed(self) -> None:
        """Show what fits."""
        await self._show()

    def on_input_submitted(self) -> None:
        """Go from the words to what was found."""
        self.query_one(Reading).focus()

    def action_close(self) -> None:
        """Leave the search first, then the help."""
        field = self.query_one(Input)
        if field.has_class("-open"):
            self.query_one(Reading).focus()
            field.remove_class("-open")
            field.value = ""
        else:
            self.dismiss()

    def copy_text(self) -> str:
        """All that is shown, as plain text."""
        words = self.query_one(Input).value
        found = (section.matching(words) for section in self._sections)
        return "\n".join(
            f"{section.title}\n{section.text}\n" + "".join(f"{r.keys}\t{r.label}\t{r.help}\n" for r in section.rows)
            for section in found
            if section is not None
        )


def _table(section: Section) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(width=16)
    table.add_column(width=20)
    table.add_column(ratio=1)
    for row in section.rows:
        table.add_row(Text(row.keys, "bold"), Text(row.label), Text(row.help))
    return table
