"""The endpoints: choose one, test it, see whether it is warm, start and stop the embedded model, read its log."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.widgets.option_list import Option
from textual.worker import Worker

from tui.keys import bind
from tui.messages import Failed
from tui.screens.page import Page
from tui.widgets.choices import Choices
from tui.widgets.log_tail import LogTail

if TYPE_CHECKING:
    from engine.endpoints.profiles import Profile
    from tui.endpoint_watch import Warmth

LOOK_S = 5.0
"""How often to look whether the endpoints are warm, in seconds."""


@dataclass
class ProfilesRead(Message):
    """The endpoints are known; ``current`` is the name of the one that runs ask."""

    profiles: list[Profile]
    current: str


@dataclass
class Looked(Message):
    """How warm the endpoint ``name`` is."""

    name: str
    warmth: Warmth


@dataclass
class JobSaid(Message):
    """A test or a start tells how far it has come, or how it ended."""

    text: str
    over: bool = False


class EndpointsScreen(Page):
    """See the module."""

    NAME = "Endpoints"
    HELP = (
        "Where tokens come from; the current one has a *. Looking never wakes an endpoint that scales to zero; "
        "a test does."
    )
    CSS_PATH = "endpoints.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("enter,u", "use", "endpoints.use", "Use", "Make this the endpoint that runs ask.", show=True),
        bind("t", "test", "endpoints.test", "Test", "Ask it for a few tokens; a cold one starts.", show=True),
        bind("s", "start", "endpoints.start", "Start", "Start the embedded model.", show=True),
        bind("x", "stop", "endpoints.stop", "Stop", "End the embedded model's process.", show=True),
        bind("l", "log", "endpoints.log", "Log", "Show or hide the embedded model's log.", show=True),
        bind("a", "add", "endpoints.add", "Add", "Add an endpoint: a name and a URL.", show=True),
        bind("D", "delete", "endpoints.delete", "Delete", "Forget this endpoint and its key.", show=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._profiles: list[Profile] = []
        self._current = ""
        self._warmth: dict[str, Warmth] = {}
        self._job: Worker[None] | None = None

    def body(self) -> ComposeResult:
        """The endpoints, the one under the cursor in detail, what goes on, the log."""
        yield Choices()
        yield Static(id="detail", classes="page--hint", markup=False)
        yield Static(id="job", markup=False)
        yield LogTail()

    def on_mount(self) -> None:
        """Read the endpoints' file in the background, and look at them now and then."""
        self.query_one(Choices).focus()
        self._reread()
        self.set_interval(LOOK_S, self._look)

    # The list ------------------------------------------------------------------------------------

    def _reread(self) -> None:
        self.run_worker(self._read(), group="profiles", exclusive=True)

    async def _read(self) -> None:
        import asyncio

        def read() -> ProfilesRead:
            from engine.endpoints.profiles import Profiles

            profiles = Profiles()
            listed = list(profiles)
            wanted = self.lift_app.endpoint or profiles.current
            if not any(profile.name == wanted for profile in listed):
                listed.append(profiles.get(wanted))  # a URL of the command line
            return ProfilesRead(listed, wanted)

        await self._try(lambda: asyncio.to_thread(read), lambda read: self.post_message(read))

    def on_profiles_read(self, message: ProfilesRead) -> None:
        """List them."""
        self._profiles, self._current = message.profiles, message.current
        rows = self.query_one(Choices)
        place = rows.highlighted
        rows.clear_options()
        rows.add_options(Option(self._line(profile)) for profile in self._profiles)
        if place is None:
            place = next((n for n, each in enumerate(self._profiles) if each.name == self._current), 0)
        rows.highlighted = min(place, len(self._profiles) - 1)
        self._show_detail()
        self._look()

    def _line(self, profile: Profile) -> Content:
        from tui.wording import printable

        mark = "*" if profile.name == self._current else " "
        warmth = self._warmth.get(profile.name)
        where = printable(profile.url) or "embedded in Lift"
        state = warmth.state if warmth else "…"
        return Content.assemble(f"{mark} ", (f"{profile.name:<16} ", "bold"), f"{state:<10} ", where)

    def _show_detail(self) -> None:
        from tui.wording import printable

        profile = self._here()
        if profile is None:
            return
        warmth = self._warmth.get(profile.name)
        parts = [
            f"{warmth.state}: {warmth.detail}" if warmth and warmth.detail else warmth.state if warmth else "",
            f"model {profile.model}" if profile.model else "the server's first model",
            f"key from ${profile.key_env}" if profile.key_env else "",
            f"{profile.usd_per_second:g} USD a second" if profile.usd_per_second else "",
            "t asks it; that may start it" if warmth and warmth.state == "not asked" else "",
        ]
        self.query_one("#detail", Static).update(printable(" · ".join(part for part in parts if part)))

    def on_option_list_option_highlighted(self) -> None:
        """Tell more of the endpoint under the cursor."""
        self._show_detail()

    def on_option_list_option_selected(self, event: Choices.OptionSelected) -> None:
        """Use the endpoint (the list takes the enter key)."""
        self.action_use()

    def _here(self) -> Profile | None:
        place = self.query_one(Choices).highlighted
        return self._profiles[place] if place is not None and place < len(self._profiles) else None

    # Warm or cold --------------------------------------------------------------------------------

    def _look(self) -> None:
        for profile in self._profiles:
            self.run_worker(self._look_at(profile), group=f"look {profile.name}", exclusive=True)

    async def _look_at(self, profile: Profile) -> None:
        from tui.apart import apart
        from tui.endpoint_watch import look

        self.post_message(Looked(profile.name, await apart(lambda: look(profile, ask=True))))

    def on_looked(self, message: Looked) -> None:
        """Show how warm it is."""
        self._warmth[message.name] = message.warmth
        rows = self.query_one(Choices)
        for place, profile in enumerate(self._profiles):
            if profile.name == message.name and place < rows.option_count:
                rows.replace_option_prompt_at_index(place, self._line(profile))
        self._show_detail()

    # What can be done ------------------------------------------------------------------------------

    def action_use(self) -> None:
        """Make the endpoint the current one, also for the sittings to come."""
        profile = self._here()
        if profile is None or (profile.name == self._current and self.lift_app.endpoint is None):
            return

        def use() -> None:
            from engine.endpoints.profiles import Profiles

            Profiles().use(profile.name)

        def used(_: object) -> None:
            self.lift_app.endpoint = None
            self.notify(f"{profile.name} is the current endpoint now.", markup=False)
            self.lift_app.watch_endpoint()
            self._reread()

        self._change(use, used)

    def action_test(self) -> None:
        """Ask the endpoint for a few tokens."""
        profile = self._here()
        if profile is not None:
            model = self.lift_app.settings.models.get(profile.name)
            self._begin(f"Testing {profile.name} …", lambda: self._trial(profile, model))

    async def _trial(self, profile: Profile, model: str | None) -> str:
        from tui.endpoint_trial import try_out
        from tui.endpoint_words import waiting_line

        trial = await try_out(profile, lambda wait: self._say(waiting_line(wait)), model=model)
        return "\n".join(trial.lines())

    def action_start(self) -> None:
        """Start the embedded model."""
        self._begin("Starting the embedded model …", self._start)

    async def _start(self) -> str:
        from engine.endpoints.connect import connect, new_client
        from engine.endpoints.profiles import LOCAL, Profiles
        from tui.endpoint_words import waiting_line

        profile = Profiles().get(LOCAL)
        model = self.lift_app.settings.models.get(LOCAL)
        async with new_client() as client:
            reached = await connect(profile, client, lambda wait: self._say(waiting_line(wait)), model=model)
        return f"{reached.model} is ready."

    def action_stop(self) -> None:
        """End the embedded model's process."""
        self._begin("Stopping the embedded model …", self._stop)

    async def _stop(self) -> str:
        from engine.endpoints.local import manager

        return "The embedded model is stopped." if await manager.stop() else "The embedded model was not running."

    def action_log(self) -> None:
        """Show or hide the log of the embedded model."""
        self.query_one(LogTail).toggle()

    def action_add(self) -> None:
        """Ask for a new endpoint."""
        from tui.screens.endpoint_form import EndpointForm

        def added(name: str | None) -> None:
            if name is not None:
                self.notify(f"Added {name}. t tests it, enter uses it.", markup=False)
                self._reread()

        self.app.push_screen(EndpointForm(), added)

    def action_delete(self) -> None:
        """Forget the endpoint, once the user has said yes."""
        from tui.screens.ask import ConfirmScreen

        profile = self._here()
        if profile is None:
            return
        if profile.kind == "local":
            self.notify("The embedded model is part of Lift and stays.", severity="warning", markup=False)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._change(lambda: _forget(profile.name), lambda _: self._forgotten(profile.name))

        self.app.push_screen(ConfirmScreen(f"Forget the endpoint {profile.name} and its key?"), answered)

    def _forgotten(self, name: str) -> None:
        self.notify(f"Forgot {name}.", markup=False)
        if self.lift_app.endpoint == name:
            self.lift_app.endpoint = None
        self.lift_app.watch_endpoint()
        self._reread()

    def action_close(self) -> None:
        """Stop what goes on first; then go back."""
        if self._job is not None and self._job.is_running:
            self._job.cancel()
        else:
            self.dismiss()

    def copy_text(self) -> str:
        """What the last test said, or else the endpoint's URL."""
        profile = self._here()
        return str(self.query_one("#job", Static).content) or (profile.url if profile else "")

    # Work in the background --------------------------------------------------------------------------

    def _begin(self, text: str, job: Callable[[], Coroutine[Any, Any, str]]) -> None:
        """Do one thing that takes a while; escape stops it."""
        if self._job is not None and self._job.is_running:
            self.notify("Something goes on already. Press escape to stop it first.", severity="warning", markup=False)
            return
        self.post_message(JobSaid(f"{text}  esc stops"))
        self._job = self.run_worker(self._do(job), group="job")

    async def _do(self, job: Callable[[], Coroutine[Any, Any, str]]) -> None:
        import asyncio

        from tui.apart import apart

        try:
            await self._try(lambda: apart(job), lambda text: self.post_message(JobSaid(text, over=True)))
        except asyncio.CancelledError:
            self.post_message(JobSaid("Stopped.", over=True))
            raise

    def _say(self, text: str) -> None:
        """Tell how far a job has come; called from its thread."""
        self.post_message(JobSaid(f"{text}  esc stops"))

    def on_job_said(self, message: JobSaid) -> None:
        """Show it."""
        from tui.wording import printable

        self.query_one("#job", Static).update(printable(message.text))
        if message.over:
            self._look()
            self.lift_app.watch_endpoint()

    def _change(self, job: Callable[[], None], done: Callable[[object], object]) -> None:
        """Change the endpoints' file in the background."""
        import asyncio

        self.run_worker(self._try(lambda: asyncio.to_thread(job), done), group="profiles")

    async def _try(self, job: Callable[[], Coroutine[Any, Any, Any]], done: Callable[[Any], object]) -> None:
        from engine.errors import LiftError

        try:
            result = await job()
        except LiftError as error:
            self.post_message(JobSaid(str(error), over=True))
            self.post_message(Failed(error))
        else:
            done(result)


def _forget(name: str) -> None:
    from engine.endpoints.credentials import forget_key
    from engine.endpoints.profiles import Profiles

    Profiles().remove(name)
    forget_key(name)
