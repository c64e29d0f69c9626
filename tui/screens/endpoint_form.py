"""Adding an endpoint: a name, a URL, and where its key comes from."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from tui.keys import bind

HINT = "enter next, and adds it at the end · tab moves · esc cancels. Keys are never kept in a file: name a variable."

FIELDS = (
    ("name", "Name", "mybox"),
    ("url", "URL", "http://127.0.0.1:8080"),
    ("model", "Model (empty: the server's first)", ""),
    ("key_env", "Environment variable with the key (empty: none)", ""),
)


class EndpointForm(ModalScreen[str | None]):
    """Asks for an endpoint and adds it; the result is its name, None when the user gave up."""

    CSS_PATH = "endpoints.tcss"
    HELP = "A new endpoint: any server that speaks the OpenAI chat API. The key's variable is read when it is asked."
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "give_up", "endpoint-form.give-up", "Cancel", "Add nothing.", show=True),
    ]

    def compose(self) -> ComposeResult:
        """A field for each."""
        with Vertical(id="form"):
            yield Static("A new endpoint", id="question", markup=False)
            for name, title, example in FIELDS:
                field = Input(placeholder=example, id=name, compact=False)
                field.border_title = title
                yield field
            yield Static(HINT, id="hint", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next field; from the last one, add the endpoint."""
        if event.input.id == FIELDS[-1][0]:
            self.run_worker(self._add({name: self.query_one(f"#{name}", Input).value.strip() for name, _, _ in FIELDS}))
        else:
            self.focus_next(Input)

    async def _add(self, values: dict[str, str]) -> None:
        import asyncio

        from engine.errors import LiftError

        try:
            await asyncio.to_thread(_add, values)
        except LiftError as error:
            hint = self.query_one("#hint", Static)
            hint.update(str(error))
            hint.add_class("-problem")
        else:
            self.dismiss(values["name"])

    def action_give_up(self) -> None:
        """Close without adding."""
        self.dismiss(None)


def _add(values: dict[str, str]) -> None:
    from engine.endpoints.profiles import Profiles

    Profiles().add(values["name"], url=values["url"], model=values["model"], key_env=values["key_env"] or None)
