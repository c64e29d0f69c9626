"""One edit of the specification after the other, however fast the keys come."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from tui.widgets.spec_view import SpecView

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore


class SpecEdits(SpecView):
    """See the module: an edit refers to the draft that is shown, so the next one waits until that is the new one."""

    _saving: bool = False
    """Whether an edit is under way whose result is not shown yet."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._waiting: deque[Callable[[], Awaitable[None] | None]] = deque()

    def edit(self, job: Callable[[SessionStore, str, str], Any], note: str = "") -> None:
        """Change the open session in the background; what builds on the result waits (:meth:`has_to_wait`)."""
        self._saving = self.view is not None
        super().edit(job, note)

    def has_to_wait(self, action: Callable[[], Awaitable[None] | None]) -> bool:
        """Whether an edit is under way, so that ``action`` would build on a draft that is out of date.

        It is done once the result is shown, as when a key is held down.
        """
        if self._saving:
            self._waiting.append(action)
        return self._saving

    async def _edit(self, job: Callable[[SessionStore, str, str], Any], session_id: str, note: str) -> None:
        done = False

        def watched(store: SessionStore, session_id: str, author: str) -> Any:
            nonlocal done
            result = job(store, session_id, author)
            done = True
            return result

        await super()._edit(watched, session_id, note)
        if not done:
            self._saving = False
            self.forget_waiting()

    def forget_waiting(self) -> None:
        """Do nothing of what waits."""
        self._waiting.clear()

    def go_on(self) -> None:
        """The result is shown: do what waits for it."""
        self._saving = False
        self.call_later(self._go_on)

    async def _go_on(self) -> None:
        while self._waiting and not self._saving:
            waited = self._waiting.popleft()()
            if waited is not None:
                await waited
