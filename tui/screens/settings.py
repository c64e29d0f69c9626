"""The settings: one row each; enter changes it, d takes the default again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static
from textual.widgets.option_list import Option

from tui.keys import bind
from tui.screens.page import Page
from tui.settings import RULES, Settings, settings_path
from tui.widgets.choices import Choices

UNSAFE = (
    "Run generated code WITHOUT a sandbox where this machine has none? "
    "It could then read, change and send anything that you can."
)


@dataclass(frozen=True)
class Row:
    """A setting as the user sees it: its name here and in the file, and what it is for."""

    label: str
    name: str
    help: str


ROWS = (
    Row("Theme", "theme", "Colours. lift-16 uses the terminal's own, also its background."),
    Row("Endpoint", "endpoint", "Where tokens come from."),
    Row("Model", "model", "Another model than the endpoint's own."),
    Row("Temperature", "temperature", "0 always takes the likeliest token; up to 2."),
    Row("Seed", "seed", "Of the sampler, for temperatures above 0; empty for another one each time."),
    Row("Longest answer", "max_tokens", "Of a stage, in tokens."),
    Row("Author", "author", "The name that your edits carry."),
    Row("Unsafe runs", "unsafe", "Run generated code even where this machine has no sandbox for it."),
    Row("Keys", "keys", "The key-map: see and change the keys."),
)


class SettingsScreen(Page):
    """See the module."""

    NAME = "Settings"
    HELP = "What Lift does by default. Enter changes a setting, d takes the default again; all is saved at once."
    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter,e", "change", "settings.change", "Change", "Change this setting.", show=True),
        bind("d", "default", "settings.default", "Default", "Take the default of this setting again.", show=True),
    ]

    _endpoint = ""
    _own_model = ""

    def body(self) -> ComposeResult:
        """A row for each setting, what it is for, and where the file is."""
        yield Choices(*(Option(row.label, id=row.name) for row in ROWS))
        yield Static(id="about", classes="page--hint", markup=False)
        yield Static(f"Kept in {settings_path()}", classes="page--hint", markup=False)

    def on_mount(self) -> None:
        """Show the values; those of the endpoint's file follow."""
        self.query_one(Choices).focus()
        self.settings_changed()

    def on_screen_resume(self) -> None:
        """Back from the endpoints, another may be the current one."""
        self.run_worker(self._read_endpoint(), group="endpoint", exclusive=True)

    async def _read_endpoint(self) -> None:
        import asyncio

        from engine.errors import LiftError
        from tui.messages import Failed

        try:
            profile = await asyncio.to_thread(self.lift_app.profile)
        except LiftError as error:
            self.post_message(Failed(error))
            return
        self._endpoint, self._own_model = profile.name, profile.model
        self.settings_changed()

    def settings_changed(self) -> None:
        """Show the values anew."""
        rows = self.query_one(Choices)
        for row in ROWS:
            value, is_default = self._shown(row)
            mark = "" if is_default else "  (changed)"
            parts = [f"{row.label:<15} ", (value, "" if is_default else "bold"), (mark, "$muted")]
            rows.replace_option_prompt(row.name, Content.assemble(*cast("Any", parts)))

    def _shown(self, row: Row) -> tuple[str, bool]:
        """The value as text, and whether it is the default."""
        now, default = self.lift_app.settings, Settings()
        match row.name:
            case "theme":
                return (now.theme, False) if now.theme else (f"{self.app.theme}, for this terminal", True)
            case "endpoint":
                return self._endpoint or "…", True
            case "model":
                chosen = now.models.get(self._endpoint, "")
                return (chosen, False) if chosen else (f"{self._own_model or 'the first that the server lists'}", True)
            case "seed":
                return ("another one each time", True) if now.seed is None else (str(now.seed), False)
            case "author":
                return (now.author, False) if now.author else (self.lift_app.desk.author or "nobody", True)
            case "unsafe":
                return ("ON: code runs unconfined where there is no sandbox", False) if now.unsafe else ("off", True)
            case "keys":
                changed = len(self.app._keymap)
                return f"{changed} changed" if changed else "the default keys", not changed
            case name:
                return str(getattr(now, name)), getattr(now, name) == getattr(default, name)

    def on_option_list_option_highlighted(self, event: Choices.OptionHighlighted) -> None:
        """Say what the setting is for."""
        self.query_one("#about", Static).update(ROWS[event.option_index].help)

    def on_option_list_option_selected(self, event: Choices.OptionSelected) -> None:
        """Change the setting (the list takes the enter key)."""
        self.action_change()

    def action_change(self) -> None:
        """Change the setting that the cursor is on."""
        row = self._row()
        match row.name:
            case "theme":
                self._pick_theme()
            case "endpoint":
                self.lift_app.action_page("endpoints")
            case "keys":
                self.lift_app.action_page("keymap")
            case "model":
                self.run_worker(self._pick_model(), group="model", exclusive=True)
            case "unsafe":
                self._switch_unsafe()
            case _:
                self._ask(row)

    def action_default(self) -> None:
        """Take the default of the setting that the cursor is on."""
        name = self._row().name
        if name == "model":
            self.lift_app.change_setting(f"models.{self._endpoint}", None)
        elif name in RULES:
            self.lift_app.change_setting(name, None)

    def _row(self) -> Row:
        return ROWS[self.query_one(Choices).highlighted or 0]

    def _pick_theme(self) -> None:
        from tui.screens.pick import PickScreen

        before = self.app.theme

        def show(name: str) -> None:
            self.app.theme = name

        def picked(name: str | None) -> None:
            if name is None:
                self.app.theme = before
            else:
                self.lift_app.change_setting("theme", name)

        choices = [(name, name) for name in self.lift_app.theme_names]
        self.app.push_screen(PickScreen("Theme", choices, current=before, shown=show), picked)

    async def _pick_model(self) -> None:
        """The embedded models are known; of a server, the user says the name."""
        import asyncio

        from tui.screens.pick import PickScreen

        name = f"models.{self._endpoint}"
        kind = (await asyncio.to_thread(self.lift_app.profile)).kind
        if kind != "local":
            self._ask_text("model", name, self.lift_app.settings.models.get(self._endpoint, ""))
            return
        choices = await asyncio.to_thread(_embedded_models)
        current = self.lift_app.settings.models.get(self._endpoint) or self._own_model

        def picked(model: str | None) -> None:
            if model is not None:
                self.lift_app.change_setting(name, None if model == self._own_model else model)

        self.app.push_screen(PickScreen("Embedded model", choices, current=current), picked)

    def _switch_unsafe(self) -> None:
        from tui.screens.ask import ConfirmScreen

        if self.lift_app.settings.unsafe:
            self.lift_app.change_setting("unsafe", None)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.lift_app.change_setting("unsafe", True)

        self.app.push_screen(ConfirmScreen(UNSAFE), answered)

    def _ask(self, row: Row) -> None:
        value = getattr(self.lift_app.settings, row.name)
        self._ask_text(row.name, row.name, "" if value is None else str(value))

    def _ask_text(self, rule: str, name: str, text: str) -> None:
        from tui.screens.ask import AskScreen

        row = next(row for row in ROWS if row.name == rule)

        def check(answer: str) -> str:
            problem = "" if not answer.strip() else RULES.get(rule, RULES["author"])(parse_value(rule, answer))
            return f"{row.label} {problem}." if problem else ""

        def answered(answer: str | None) -> None:
            if answer is not None:
                self.lift_app.change_setting(name, parse_value(rule, answer) if answer else None)

        hint = f"{row.help} Empty takes the default."
        self.app.push_screen(AskScreen(row.label, text=text, hint=hint, check=check, empty=True), answered)

    def copy_text(self) -> str:
        """The settings, a line each."""
        return "\n".join(f"{row.label}: {self._shown(row)[0]}" for row in ROWS)


def parse_value(name: str, text: str) -> Any:
    """What the user typed as the setting's type; the text itself where it is no such thing."""
    kinds: dict[str, type] = {"temperature": float, "seed": int, "max_tokens": int}
    try:
        return kinds.get(name, str)(text.strip())
    except ValueError:
        return text


def _embedded_models() -> Sequence[tuple[str, str]]:
    """Name of each embedded model, and the name with its size in GB (10^9 bytes) and whether it is here."""
    from engine import weights

    return [
        (model.name, f"{model.name}  {model.size / 1e9:.1f} GB{'' if weights.local_path(model) else ', to be fetched'}")
        for model in weights.list_models()
    ]
