"""The workbench's runs: one at a time, told to every screen in frames."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui.desk import Desk
from tui.latency import collect
from tui.messages import Failed, RunEnded, RunProgressed, StoreChanged
from tui.run_view import RunView
from tui.settings import Settings

if TYPE_CHECKING:
    from engine.endpoints.profiles import Profile
    from engine.sessions.store import SessionStore
    from engine.stages.jobs import RunRequest
    from tui.run_feed import MakeRun, RunFeed

QUIT_WAIT_S = 2.0
"""How long quitting waits for a run to stop and be saved, in seconds."""


class RunsApp(App[int]):
    """The part of the app that starts, shows and stops runs of the pipeline."""

    desk: Desk
    settings: Settings
    endpoint: str | None
    """Name or URL of the endpoint for this sitting; the current one when None."""

    make_run: MakeRun | None = None
    """Makes what stands for a run of the pipeline; the pipeline itself when None."""

    run_clock: Callable[[], float] = staticmethod(time.monotonic)
    """Seconds on a monotonic clock, by which runs are shown."""

    def __init__(self) -> None:
        super().__init__()
        self.run_view: RunView | None = None
        """The run that goes on, or the last one of this sitting."""
        self._feed: RunFeed | None = None

    @property
    def busy(self) -> bool:
        """Whether a run goes on."""
        return self._feed is not None

    def profile(self) -> Profile:
        """The endpoint to ask; reads a file, so for a thread other than the one that draws.

        Raises:
            UsageError: the endpoint for this sitting is not known.
            SettingsError: the endpoints' file cannot be read.
        """
        from engine.endpoints.profiles import Profiles

        return Profiles().get(self.endpoint)

    def sampled(self, request: RunRequest, *, again: bool = False) -> RunRequest:
        """``request`` with the user's settings: model, sampling, and whether code may run unconfined.

        Args:
            again: the request repeats a run, so its model, temperature and seed stay.
        """
        from dataclasses import replace

        chosen = self.settings
        sampling = replace(request.sampling, max_tokens=chosen.max_tokens)
        if again:
            return replace(request, sampling=sampling, unsafe=chosen.unsafe)
        return replace(
            request,
            model=request.model or chosen.models.get(request.profile.name),
            sampling=replace(sampling, temperature=chosen.temperature, seed=chosen.seed),
            unsafe=chosen.unsafe,
        )

    def start_run(self, make_request: Callable[[SessionStore], RunRequest]) -> bool:
        """Start a run of the pipeline; its frames arrive as :class:`~tui.messages.RunProgressed`.

        Only one runs at a time, because one person watches; the answer is False while another does.

        Args:
            make_request: makes the request, with :meth:`profile` and :meth:`sampled`; called in the
                run's thread, because it reads the store.
        """
        from tui.run_feed import RunFeed, pipeline

        if self._feed is not None:
            self.notify("A run is going on. Press escape to stop it first.", severity="warning")
            return False
        self.run_view = RunView(clock=self.run_clock)
        self._feed = RunFeed(
            self.desk.store,
            make_request,
            on_frame=lambda feed, items: self.post_message(RunProgressed(feed, items)),
            on_end=lambda feed, error: self.post_message(RunEnded(feed, error)),
            make_run=self.make_run or pipeline,
        )
        self._feed.start()
        self._each_screen("show_run", self.run_view)
        return True

    def action_cancel_run(self) -> None:
        """Stop the run that goes on."""
        if self._feed is not None and self.run_view is not None:
            self.run_view.cancelling = True
            self._feed.cancel()
            self._each_screen("show_run", self.run_view)

    async def stop_run(self) -> None:
        """Stop the run, if there is one, and wait until what it made is kept, but not for ever."""
        import asyncio

        if self._feed is not None:
            self._feed.cancel()
            await asyncio.to_thread(self._feed.join, QUIT_WAIT_S)

    def on_run_progressed(self, message: RunProgressed) -> None:
        """Show one frame of the run."""
        if message.feed is self._feed and self.run_view is not None:
            if message.feed.request is not None:
                self.run_view.profile = message.feed.request.profile
            self.run_view.feed(message.items)
            self._each_screen("show_run", self.run_view)

    def on_run_ended(self, message: RunEnded) -> None:
        """Let go of the run."""
        if message.feed is not self._feed or self.run_view is None:
            return
        self._feed = None
        run = self.run_view
        if message.error is not None:
            run.error = message.error.as_dict()
            self.post_message(Failed(message.error))
        elif run.error is not None and run.error["kind"] != "cancelled":
            from engine.errors import LiftError

            self.post_message(Failed(LiftError(run.error["what"], run.error["todo"])))
        self._each_screen("end_run", run)
        self.post_message(StoreChanged())
        if not self.is_headless:
            self.call_after_refresh(collect)

    def _each_screen(self, method: str, *arguments: Any) -> None:
        """Tell every screen of the stack that has such a method."""
        for screen in self.screen_stack:
            listener = getattr(screen, method, None)
            if listener is not None:
                listener(*arguments)
