"""What can be done to the session under the cursor of the list, and beginning new ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import BindingType
from textual.message import Message

from tui.keys import bind
from tui.messages import Failed, SessionChanged, SessionPicked, StoreChanged
from tui.widgets.pane import Pane

if TYPE_CHECKING:
    from engine.errors import LiftError
    from engine.sessions.records import Session
    from engine.sessions.store import SessionStore
    from engine.stages.jobs import RunRequest
    from tui.new_session import Begun
    from tui.screens.workbench import WorkbenchScreen
    from tui.session_changes import Change, Maker


@dataclass
class SessionEdited(Message):
    """A change of a session is saved, or has been taken back.

    Attributes:
        session: its record by now.
        note: what happened, for the user.
        opens: show the session, because it is new or has come back.
        change: what can be taken back now; None when something was.
    """

    session: Session
    note: str
    opens: bool = False
    change: Change | None = None


@dataclass
class SessionBegun(Message):
    """A new session is saved."""

    begun: Begun


@dataclass
class TextRefused(Message):
    """What the user typed was not taken; ``again`` gives it back to them."""

    error: LiftError
    again: Callable[[], object]


@dataclass
class TagsRead(Message):
    """The tags in use, read because the user wants to tag ``session``; ``typed`` stands in the field."""

    session: Session
    typed: str
    in_use: dict[str, int]


class ListActions(Pane):
    """A pane with a session under its cursor, which these actions are about.

    Subclasses say which one in :meth:`chosen`, and hear in :meth:`reveal` and :meth:`left` that the
    cursor should go elsewhere.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("e", "rename", "sessions.rename", "Rename", "Give the session another title."),
        bind("t", "tags", "sessions.tags", "Tags", "Put tags on the session, or take them off."),
        bind("c", "fork", "sessions.fork", "Fork", "Begin a new session with this one's specification."),
        bind("D", "delete", "sessions.delete", "Delete", "Delete the session, or bring a deleted one back."),
        bind("A", "abandon", "sessions.abandon", "Abandon", "Put the session aside, or take it up again."),
        bind("u", "undo", "sessions.undo", "Undo", "Take back the last change made in this list."),
    ]

    _changes: list[Change]

    def on_mount(self) -> None:
        """Nothing has been changed yet."""
        self._changes = []

    def chosen(self) -> Session | None:
        """The session under the cursor."""
        raise NotImplementedError

    def reveal(self, number: int) -> None:
        """Put the cursor on the session with this number, which is new or has come back."""
        raise NotImplementedError

    def left(self) -> None:
        """The open session has been deleted: open another."""
        raise NotImplementedError

    # Actions -----------------------------------------------------------------------------------

    def action_rename(self) -> None:
        """Ask for another title."""
        if session := self._chosen():
            self._ask_title(session, session.title)

    def action_tags(self) -> None:
        """Ask for the tags."""
        if session := self._chosen():
            self._ask_tags(session, " ".join(session.tags))

    def action_fork(self) -> None:
        """Begin a new session with this one's specification."""
        from tui.session_changes import fork

        if session := self._chosen():
            self._make(fork, session, opens=True)

    def action_delete(self) -> None:
        """Delete the session, or bring it back."""
        from tui.session_changes import delete_or_restore

        if session := self._chosen():
            self._make(delete_or_restore, session)

    def action_abandon(self) -> None:
        """Put the session aside, or take it up again."""
        from tui.session_changes import abandon_or_reopen

        if session := self._chosen():
            self._make(abandon_or_reopen, session)

    def action_undo(self) -> None:
        """Take back the last change that was made here."""
        if self._changes:
            self.run_worker(self._undo(self._changes.pop()), group="changes")
        else:
            self.notify("Nothing was changed in this list since Lift was started.")

    def new_session(self, text: str = "") -> None:
        """Ask what a new session should be about.

        Args:
            text: what stands in the field; what was typed before when empty.
        """
        from tui.screens.new_session import NewSessionScreen

        def begin(answer: str | None) -> None:
            if answer:
                self.run_worker(self._begin(answer), group="changes")

        self.app.push_screen(NewSessionScreen(self.lift_app.memory, text), begin)

    # Hearing what came of it -------------------------------------------------------------------

    def on_session_edited(self, message: SessionEdited) -> None:
        """Say what happened, and show it."""
        from tui.wording import printable

        session, note = message.session, printable(message.note)
        if message.change is not None:
            self._changes.append(message.change)
        is_open = self.view is not None and self.view.session.id == session.id
        if message.opens:
            self.reveal(session.num)
            self.post_message(SessionPicked(session.id))
        elif is_open and session.deleted_at is None:
            self.post_message(SessionChanged(session.id, note))
            return
        elif is_open:
            self.left()
        self.notify(note, markup=False)
        self.post_message(StoreChanged())

    def on_session_begun(self, message: SessionBegun) -> None:
        """Open the new session, and let the model go to work on it."""
        from tui.screens.new_session import KEY

        session, note = message.begun.session, message.begun.note
        self.lift_app.memory.set(KEY, "")
        self.reveal(session.num)
        self.post_message(SessionPicked(session.id))
        self.post_message(StoreChanged())
        cast("WorkbenchScreen", self.screen).action_pane("spec")
        if note:
            self.notify(note)
        else:
            self._generate(session.id)

    def on_text_refused(self, message: TextRefused) -> None:
        """Say what is wrong, and give the text back."""
        self.post_message(Failed(message.error))
        message.again()

    def on_tags_read(self, message: TagsRead) -> None:
        """Ask for the tags."""
        from tui.screens.tags import TagsScreen
        from tui.session_changes import retag

        def take(answer: str | None) -> None:
            if answer is not None:
                again = lambda: self._ask_tags(message.session, answer)  # noqa: E731
                self._make(retag(answer.split()), message.session, again=again)

        self.app.push_screen(TagsScreen(message.typed, message.in_use), take)

    # Work ----------------------------------------------------------------------------------------

    def _chosen(self) -> Session | None:
        session = self.chosen()
        if session is None:
            self.notify("There is no session under the cursor. n begins one.")
        return session

    def _ask_title(self, session: Session, title: str) -> None:
        from tui.screens.ask import AskScreen
        from tui.session_changes import rename

        def take(answer: str | None) -> None:
            if answer and answer != session.title:
                again = lambda: self._ask_title(session, answer)  # noqa: E731
                self._make(rename(answer), session, again=again)

        self.app.push_screen(AskScreen("Title of the session", text=title, hint="enter accepts · esc cancels"), take)

    def _ask_tags(self, session: Session, typed: str) -> None:
        self.run_worker(partial(self._read_tags, session, typed), group="tags", exclusive=True)

    def _generate(self, session_id: str) -> None:
        app = self.lift_app

        def make_request(store: SessionStore) -> RunRequest:
            from engine.lifecycle.requests import generate_request

            return app.sampled(generate_request(store, session_id, app.profile()))

        app.start_run(make_request)

    def _make(
        self, maker: Maker, session: Session, *, opens: bool = False, again: Callable[[], object] | None = None
    ) -> None:
        self.run_worker(self._change(maker, session.id, opens, again), group="changes")

    async def _change(self, maker: Maker, session_id: str, opens: bool, again: Callable[[], object] | None) -> None:
        from engine.errors import LiftError

        author = self.desk.author
        try:
            change = await self.desk.edit(lambda store: maker(store, session_id, author))
        except LiftError as error:
            self.post_message(TextRefused(error, again) if again else Failed(error))
        else:
            self.post_message(SessionEdited(change.session, change.note, opens, change))

    async def _undo(self, change: Change) -> None:
        from engine.errors import LiftError

        try:
            session = await self.desk.edit(change.undo)
        except LiftError as error:
            self.post_message(Failed(error))
        else:
            came_back = change.session.deleted_at is not None and session.deleted_at is None
            self.post_message(SessionEdited(session, change.undone, opens=came_back))

    async def _begin(self, text: str) -> None:
        from engine.errors import LiftError

        author = self.desk.author

        def begin(store: SessionStore) -> Begun:
            from tui.new_session import begin

            return begin(store, text, author)

        try:
            begun = await self.desk.edit(begin)
        except LiftError as error:
            self.post_message(TextRefused(error, lambda: self.new_session(text)))
        else:
            self.post_message(SessionBegun(begun))

    async def _read_tags(self, session: Session, typed: str) -> None:
        from engine.errors import LiftError

        try:
            in_use = await self.desk.look(lambda store: store.listing.tags())
        except LiftError as error:
            self.post_message(Failed(error))
        else:
            self.post_message(TagsRead(session, typed, in_use))
