"""The key-map: every binding with its id and keys, and where the user's own are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from tui.keymap import Keymap, check_keymap, keymap_path, read_keymap, shown_keys, write_keys
from tui.keys import bind
from tui.screens.page import Page
from tui.widgets.choices import Choices

if TYPE_CHECKING:
    from tui.known_bindings import Known


class KeymapScreen(Page):
    """See the module."""

    NAME = "Keys"
    HELP = "Every binding with its id. Enter gives it other keys, d the default ones; both are kept at once."
    CSS_PATH = "keymap.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter,e", "change", "keymap.change", "Change", "Give this binding other keys.", show=True),
        bind("d", "default", "keymap.default", "Default", "Give this binding its default keys again.", show=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, Known] = {}
        self._keymap = Keymap({})

    def body(self) -> ComposeResult:
        """The bindings, what is wrong with the file, and where it is."""
        yield Choices()
        yield Static(id="problems", markup=False)
        yield Static(id="about", classes="page--hint", markup=False)
        yield Static(f"Your own keys are kept in {keymap_path()}", classes="page--hint", markup=False)

    def on_mount(self) -> None:
        """Find the bindings in the background."""
        self.query_one(Choices).focus()
        self.run_worker(self._gather(), group="keymap")

    async def _gather(self) -> None:
        import asyncio

        from tui.known_bindings import known_bindings

        known = await asyncio.to_thread(known_bindings)
        self._known = {each.id: each for each in known}
        self._keymap = await asyncio.to_thread(read_keymap)
        rows = self.query_one(Choices)
        rows.clear_options()
        rows.add_options(Option(self._line(each), id=each.id.replace(".", "/")) for each in self._known.values())
        rows.highlighted = 0
        self._show_problems()

    def _line(self, known: Known) -> Content:
        own = self._keymap.keys.get(known.id)
        keys = shown_keys(own or known.keys)
        changed = f"  (default {shown_keys(known.keys)})" if own else ""
        return Content.assemble(f"{known.id:<24} ", (f"{keys:<16} ", "bold"), known.label, (changed, "$muted"))

    def _show_problems(self) -> None:
        problems = self.query_one("#problems", Static)
        problems.update("\n".join(self._keymap.problems))
        problems.display = bool(self._keymap.problems)

    def on_option_list_option_highlighted(self, event: Choices.OptionHighlighted) -> None:
        """Say what the binding does."""
        self.query_one("#about", Static).update(list(self._known.values())[event.option_index].help)

    def on_option_list_option_selected(self, event: Choices.OptionSelected) -> None:
        """Change the binding (the list takes the enter key)."""
        self.action_change()

    def action_change(self) -> None:
        """Ask for the keys of the binding that the cursor is on."""
        from tui.screens.ask import AskScreen

        known = self._here()
        if known is None:
            return

        def check(text: str) -> str:
            if not text.strip():
                return ""
            tried = check_keymap({**self._keymap.keys, known.id: text.strip()}, self._known.values())
            return next((problem for problem in tried.problems if known.id in problem), "")

        def answered(text: str | None) -> None:
            if text is not None:
                self.run_worker(self._keep(known.id, text or None), group="keymap")

        hint = "Such as x, X, ctrl+t, pagedown; several with commas. Empty takes the default. esc cancels"
        keys = self._keymap.keys.get(known.id, known.keys)
        self.app.push_screen(
            AskScreen(f"Keys of {known.id}: {known.help}", text=keys, hint=hint, check=check, empty=True), answered
        )

    def action_default(self) -> None:
        """Take the default keys of the binding that the cursor is on."""
        known = self._here()
        if known is not None:
            self.run_worker(self._keep(known.id, None), group="keymap")

    def _here(self) -> Known | None:
        place = self.query_one(Choices).highlighted
        return None if place is None else list(self._known.values())[place]

    async def _keep(self, binding_id: str, keys: str | None) -> None:
        """Write the file, read it again, and heed it."""
        import asyncio

        from engine.errors import LiftError
        from tui.messages import Failed

        try:
            await asyncio.to_thread(write_keys, keymap_path(), binding_id, keys)
        except LiftError as error:
            self.post_message(Failed(error))
            return
        self._keymap = await asyncio.to_thread(read_keymap)
        self.app.set_keymap(self._keymap.keys)
        self.query_one(Choices).replace_option_prompt(binding_id.replace(".", "/"), self._line(self._known[binding_id]))
        self._show_problems()

    def copy_text(self) -> str:
        """All ids with their keys, as the file would have them."""
        keys = {each.id: self._keymap.keys.get(each.id, each.keys) for each in self._known.values()}
        return "\n".join(f'"{binding_id}" = "{value}"' for binding_id, value in keys.items())
