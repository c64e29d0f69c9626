"""What the screens have in common that stand over the workbench and work on its session."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from textual.binding import BindingType
from textual.message import Message
from textual.screen import ModalScreen, ScreenResultType

from tui.keys import bind
from tui.messages import Failed

if TYPE_CHECKING:
    from engine.sessions.store import SessionStore
    from tui.app import LiftApp

T = TypeVar("T")


class SessionScreen(ModalScreen[ScreenResultType]):
    """A modal screen about a session.

    The workbench stays below it and goes on to listen, so what happens to the session is told
    there (:meth:`tell`).
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("question_mark", "app.help", "session.help", "Help", "Explain this screen and list its keys."),
    ]

    @property
    def lift_app(self) -> LiftApp:
        """The app, with its type."""
        return cast("LiftApp", self.app)

    def tell(self, message: Message) -> None:
        """Post ``message`` to the workbench below."""
        self.app.screen_stack[0].post_message(message)

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Do ``work`` to its end, even if this screen is closed before; it has to look (``is_attached``)."""
        self.app.run_worker(work, group="edits")

    async def save(self, job: Callable[[SessionStore], T]) -> T | None:
        """Do ``job`` on the desk; None when it failed, which is told to the user."""
        from engine.errors import LiftError

        try:
            return await self.lift_app.desk.edit(job)
        except LiftError as error:
            self.tell(Failed(error))
            return None
