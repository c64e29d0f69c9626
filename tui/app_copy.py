"""Copying what is on the screen, over SSH and through tmux."""

from __future__ import annotations

from textual.app import App

from tui.clipboard import LIMIT, encoded, give_to_tmux, in_tmux, keep_in_file, through_tmux


class CopyApp(App[int]):
    """The part of the app that copies."""

    def action_copy_shown(self) -> None:
        """Copy what the focused pane, or else the screen, has to copy."""
        for node in self._shown():
            text = getattr(node, "copy_text", lambda: "")()
            if text:
                self.copy(text)
                return
        self.notify("There is nothing to copy here.", severity="warning", markup=False)

    def action_copy_session_id(self) -> None:
        """Copy the id of the open session."""
        views = (getattr(screen, "view", None) for screen in reversed(self.screen_stack))
        view = next((view for view in views if view is not None), None)
        if view is None:
            self.notify("No session is open.", severity="warning", markup=False)
        else:
            self.copy(view.session.id, what=f"session id {view.session.id}")

    def copy(self, text: str, what: str = "") -> None:
        """Copy ``text`` and say so.

        Args:
            what: what it is; the number of its lines when not given.
        """
        lines = len(text.splitlines())
        self.copy_to_clipboard(text)
        said = f"Copied {what or f'{lines} line' + 's' * (lines != 1)}."
        if len(encoded(text)) > LIMIT:
            self.run_worker(self._keep_copy(text, said), group="copy")
        else:
            self.notify(said, markup=False)

    def copy_to_clipboard(self, text: str) -> None:
        """Copy ``text`` to the clipboard of the user's terminal; all copying ends up here."""
        super().copy_to_clipboard(text)  # also what the text fields here paste
        if in_tmux() and self._driver is not None:
            self.run_worker(self._copy_through_tmux(text), group="copy")

    async def _copy_through_tmux(self, text: str) -> None:
        import asyncio

        from tui.clipboard import osc52

        if not await asyncio.to_thread(give_to_tmux, text) and self._driver is not None:
            self._driver.write(through_tmux(osc52(text)))

    async def _keep_copy(self, text: str, said: str) -> None:
        import asyncio

        from engine.errors import LiftError
        from tui.messages import Failed

        try:
            path = await asyncio.to_thread(keep_in_file, text)
        except OSError as error:
            what = "It is more than some terminals take, and it could not be written to a file"
            self.post_message(Failed(LiftError(f"{what}: {error}.", "Export the session instead.")))
        else:
            self.notify(f"{said} Some terminals do not take that much, so it is also in {path}.", markup=False)

    def _shown(self) -> list[object]:
        """The focused widget and what it stands in, then the active pane."""
        focused = self.focused
        chain: list[object] = list(focused.ancestors_with_self) if focused is not None else []
        return [*chain, *self.screen.query(".-active"), self.screen]
