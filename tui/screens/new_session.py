"""Asking what a new session should be about."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from tui.screens.ask import Answer, AskScreen

if TYPE_CHECKING:
    from tui.memory import Memory

KEY = "new_session"
"""The key under which the text that has been typed so far is remembered."""

PAUSE_S = 0.3
"""The text is remembered once nothing has been typed for so long, in seconds."""


class NewSessionScreen(AskScreen):
    """Asks for a prompt; a text that was typed before, and never became a session, is still there.

    Args:
        memory: where the text is kept until it has become a session.
        text: what was typed before; what is remembered when empty.
    """

    HELP = "Say in plain English what the function should do, or paste a specification or a function."

    def __init__(self, memory: Memory, text: str = "") -> None:
        self._memory = memory
        kept = text or str(memory.get(KEY, ""))
        super().__init__(
            "What should the function do?",
            text=kept,
            hint=("The text from before is still here. " if kept else "Or paste a specification. ")
            + "enter begins · ctrl+j new line · esc closes and keeps the text",
        )

    def on_text_area_changed(self) -> None:
        """Keep the text soon."""
        self.run_worker(partial(self._keep, self.query_one(Answer).text), group="keep", exclusive=True)

    def action_give_up(self) -> None:
        """Close, and keep the text for the next time."""
        self._memory.set(KEY, self.query_one(Answer).text)
        self.dismiss(None)

    async def _keep(self, text: str) -> None:
        await asyncio.sleep(PAUSE_S)
        self._memory.set(KEY, text)
