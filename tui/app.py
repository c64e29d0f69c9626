"""The workbench: the full-screen application, and what all of its screens share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingType
from textual.filter import Monochrome

from tui.app_copy import CopyApp
from tui.app_failures import FailuresApp
from tui.app_runs import RunsApp
from tui.desk import Desk
from tui.keys import bind
from tui.latency import favour_typing
from tui.memory import Memory
from tui.messages import Failed
from tui.palette import palette_provider
from tui.screens.workbench import WorkbenchScreen
from tui.settings import Settings, read_settings, settings_path, write_setting
from tui.themes import MUTED, THEMES, Reversing, Uncoloured, default_theme
from tui.widgets.status_bar import StatusBar

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.screen import Screen

    from engine.errors import LiftError

WATCH_S = 5.0
"""How often to look whether the endpoint is warm, in seconds."""


class LiftApp(RunsApp, CopyApp, FailuresApp):
    """The workbench.

    Args:
        db: the session database; the user's own when not given.
        endpoint: name or URL of the endpoint for this sitting; the current one when not given.
        session: id of the session to open, may be shortened; that of the last sitting when not given.
    """

    TITLE = "Lift"
    CSS_PATH = ["app.tcss", "screens/workbench.tcss"]  # noqa: RUF012
    ENABLE_COMMAND_PALETTE = True
    COMMANDS = {palette_provider}  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("q", "quit", "app.quit", "Quit", "Leave Lift; a run that goes on is stopped and kept.", show=True),
        bind("ctrl+q", "quit", "app.quit-always", "Quit", "Leave Lift from anywhere.", priority=True),
        bind("escape", "cancel_run", "app.cancel", "Stop the run", "Stop what the model does; what it made is kept."),
        bind(
            "ctrl+p",
            "command_palette",
            "app.palette",
            "Palette",
            "Find an action by its name and do it.",
            show=True,
            priority=True,
        ),
        bind("question_mark", "help", "app.help", "Help", "Explain the focused part and list its keys.", show=True),
        bind(
            "m", "page('endpoints')", "app.endpoints", "Endpoints", "Choose where tokens come from; start, stop, test."
        ),
        bind("comma", "page('settings')", "app.settings", "Settings", "Theme, model, temperature and the like."),
        bind("L", "page('log')", "app.log", "Log", "All that was told in this sitting, failures above all."),
        bind("y", "copy_shown", "app.copy", "Copy", "Copy what the focused pane shows to the clipboard."),
        bind("Y", "copy_session_id", "app.copy-session", "Copy session id", "Copy the id of the open session."),
        bind("ctrl+z", "suspend_process", "app.suspend", "Suspend", "Go back to the shell; fg brings Lift back."),
        bind("ctrl+c", "help_quit", "app.interrupt", "How to stop", "Say which keys stop the run and leave Lift."),
    ]

    def __init__(self, *, db: Path | None = None, endpoint: str | None = None, session: str | None = None) -> None:
        super().__init__()
        self.settings, self._unreadable = _settings()
        self.desk = Desk(db, author=self.settings.author or _login())
        self.memory = Memory()
        self.endpoint = endpoint
        self.first_session = session
        """The session that the command line asked for."""
        for theme in THEMES:
            self.register_theme(theme)
        if self.no_color:
            self._filters = [each for each in self._filters if not isinstance(each, Monochrome)] + [Uncoloured()]
        self._reversing = Reversing()
        self._filters.append(self._reversing)
        self._show_theme()

    def watch_theme(self, name: str) -> None:
        """Only one of the themes wants its lines filtered."""
        self._reversing.enabled = name == "lift-16" and not self.no_color

    def get_driver_class(self) -> type[Driver]:
        """The platform's driver, made to outlive the terminal."""
        from tui.driver import hang_up_proof

        return hang_up_proof(super().get_driver_class())

    def get_default_screen(self) -> Screen[None]:
        """The main screen."""
        return WorkbenchScreen()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own variables, for themes that are not ours."""
        return MUTED

    def on_mount(self) -> None:
        """Heed signals; the rest can wait for the first frame."""
        from tui.signals import end_on_signals

        if not self.is_headless:
            end_on_signals(self._hang_up)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if not self.is_headless:  # a matter of the whole process, which is ours only on a terminal
            favour_typing()
        if self._unreadable is not None:
            self.post_message(Failed(self._unreadable))
        self.run_worker(self._read_keymap(), group="keymap")
        self.set_interval(WATCH_S, self.watch_endpoint)
        self.watch_endpoint()

    async def _read_keymap(self) -> None:
        import asyncio

        from tui.keymap import read_keymap

        keymap = await asyncio.to_thread(read_keymap)
        if keymap.keys:
            self.set_keymap(keymap.keys)
        if keymap.problems:
            self.notify("\n".join(keymap.problems), title="The key-map", severity="warning", markup=False)

    # Settings ----------------------------------------------------------------------------------

    def change_setting(self, name: str, value: Any) -> None:
        """Keep a setting (:mod:`tui.settings`) and act on it; None is its default."""
        self.settings = self.settings.with_value(name, value)
        if name == "theme":
            self._show_theme()
        elif name == "author":
            self.desk.author = self.settings.author or _login()
        self._each_screen("settings_changed")
        self.run_worker(self._keep_setting(name, value), group="settings")

    async def _keep_setting(self, name: str, value: Any) -> None:
        import asyncio

        from engine.errors import LiftError

        try:
            await asyncio.to_thread(write_setting, settings_path(), name, value)
        except LiftError as error:
            self.post_message(Failed(error))

    def _show_theme(self) -> None:
        wanted = "lift-16" if self.no_color else self.settings.theme
        self.theme = wanted if wanted in self.available_themes else default_theme(self.console)

    @property
    def theme_names(self) -> list[str]:
        """The themes made for Lift."""
        return [theme.name for theme in THEMES]

    # The endpoint --------------------------------------------------------------------------------

    def watch_endpoint(self) -> None:
        """Look at the endpoint in the background and show how warm it is."""
        self.run_worker(self._look_at_endpoint(), group="endpoint", exclusive=True)

    async def _look_at_endpoint(self) -> None:
        from tui.apart import apart

        line = await apart(self._endpoint_line)
        for screen in self.screen_stack:
            for bar in screen.query(StatusBar):
                bar.show_endpoint(line)

    async def _endpoint_line(self) -> str:
        from engine.errors import LiftError
        from tui.endpoint_watch import look

        try:
            profile = self.profile()
            warmth = await look(profile)
        except LiftError:
            return "endpoint: press m"  # whatever is wrong shows with the next thing the user asks for
        return f"{profile.name} {warmth.state}" if warmth.state != "not asked" else profile.name

    # Screens -------------------------------------------------------------------------------------

    def action_page(self, name: str) -> None:
        """Open a screen, or come back to it."""
        from tui.screens.pages import open_page

        open_page(self, name)

    def action_help(self) -> None:
        """Explain the focused part and list its keys."""
        self.action_page("help")

    # The end -------------------------------------------------------------------------------------

    def action_help_quit(self) -> None:
        """Say how to stop: ctrl+c means so many things that it had better do none of them."""
        stop = f"{self.keys_of('app.cancel')} stops the run; " if self.busy else ""
        self.notify(f"{stop}ctrl+q leaves Lift.", title="ctrl+c does nothing here", markup=False)

    def get_key_display(self, binding: Binding) -> str:
        """How the footer writes a key: as the help and the documentation do."""
        from tui.keymap import shown_keys

        return binding.key_display or shown_keys(binding.key)

    def keys_of(self, binding_id: str) -> str:
        """The keys of one of the app's bindings, as the user knows them."""
        from tui.keymap import shown_keys

        binding = next(each for _, each in self._bindings if each.id == binding_id)
        return shown_keys(self._keymap.get(binding_id, binding.key))

    _leaving = False

    async def action_quit(self) -> None:
        """Stop the run, save what is open, and leave."""
        if self._leaving:
            return
        self._leaving = True
        await self.stop_run()
        self.exit(0)

    def _hang_up(self) -> None:
        """The terminal is gone, or somebody asks Lift to end."""
        self.run_worker(self.action_quit(), group="quit")

    async def on_unmount(self) -> None:
        """Close the store once everything asked for is saved."""
        await self.stop_run()
        await self.desk.close()
        self.memory.close()


def _login() -> str:
    return os.environ.get("USER") or os.environ.get("LOGNAME") or ""


def _settings() -> tuple[Settings, LiftError | None]:
    """The settings, or the defaults and what is wrong with the file."""
    try:
        return read_settings(settings_path()), None
    except Exception as error:
        from engine.errors import SettingsError

        if not isinstance(error, SettingsError):
            raise
        return Settings(), error
