"""The steps from a started process to a server that may take requests, and back to sleep.

Each step is a function of the server's HTTP face alone, so that it runs against any server that speaks it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from modal_app.control import BootError, NotAnswering, VllmControl

POLL_SECONDS = 0.2
WAKE_AGAIN_SECONDS = 5.0

ExitCode = Callable[[], int | None]

WARM_UP_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}


def wait_until_healthy(
    control: VllmControl, exit_code: ExitCode, *, timeout_s: float, poll_s: float = POLL_SECONDS
) -> None:
    """Poll ``/health`` until it answers 200.

    Args:
        control: the server.
        exit_code: the server process's exit code, None while it runs.
        timeout_s: seconds to wait at most.
        poll_s: seconds between two polls.

    Raises:
        BootError: the process ended, or the time is up.
    """
    deadline = time.monotonic() + timeout_s
    while not control.healthy():
        if (code := exit_code()) is not None:
            raise BootError(f"vLLM ended with exit code {code} before it was ready; its last lines are in the log")
        if time.monotonic() >= deadline:
            raise BootError(f"vLLM was not ready after {timeout_s:.0f} seconds: raise LIFT_MODAL_STARTUP_SECONDS")
        time.sleep(poll_s)


def warm_up(control: VllmControl, model: str) -> None:
    """One free and one constrained answer, so that nothing is compiled for the first user.

    Grammars are compiled per text; what this warms is the xgrammar backend with the model's vocabulary.

    Raises:
        BootError: the server refuses, or answers JSON that its own schema forbids.
    """
    greeting = {"model": model, "messages": [{"role": "user", "content": "Say hello."}], "max_tokens": 16}
    control.complete(greeting)
    text = control.complete(
        {
            "model": model,
            "messages": [{"role": "user", "content": 'Answer with {"ready": true}.'}],
            "max_tokens": 16,
            "temperature": 0,
            "response_format": {"type": "json_schema", "json_schema": {"name": "warm_up", "schema": WARM_UP_SCHEMA}},
        }
    )
    try:
        kept = isinstance(json.loads(text)["ready"], bool)
    except (ValueError, KeyError, TypeError):
        kept = False
    if not kept:
        raise BootError(f'structured output is not enforced: asked for {{"ready": …}}, vLLM answered {text!r}')


def fall_asleep(control: VllmControl, *, timeout_s: float = 120.0, poll_s: float = POLL_SECONDS) -> None:
    """Put the server to sleep and make sure that it is: an awake one does not belong in a snapshot.

    Raises:
        BootError: it is still awake after ``timeout_s`` seconds, or refuses.
    """
    deadline = time.monotonic() + timeout_s
    control.sleep()
    while not control.sleeping():
        if time.monotonic() >= deadline:
            raise BootError(f"vLLM was still awake {timeout_s:.0f} seconds after it was sent to sleep")
        time.sleep(poll_s)


def wake(
    control: VllmControl,
    *,
    timeout_s: float = 120.0,
    poll_s: float = POLL_SECONDS,
    again_s: float = WAKE_AGAIN_SECONDS,
) -> None:
    """Wake the server and return only when it is awake and healthy.

    ``/wake_up`` can answer 200 while memory is still offloaded, so ``/is_sleeping`` decides. The server is
    asked again every ``again_s`` seconds for as long as it sleeps, and may take a while to answer at all.

    Raises:
        BootError: it still sleeps or is not healthy after ``timeout_s`` seconds, or refuses.
    """
    deadline = time.monotonic() + timeout_s
    ask_at = time.monotonic()
    while True:
        try:
            if time.monotonic() >= ask_at:
                control.wake_up()
                ask_at = time.monotonic() + again_s
            if not control.sleeping():
                break
            state = "still sleeping"
        except NotAnswering:
            state = "not answering"
        if time.monotonic() >= deadline:
            raise BootError(f"vLLM was {state} {timeout_s:.0f} seconds after it was woken")
        time.sleep(poll_s)
    if not control.healthy():
        raise BootError("vLLM is awake but not healthy: its engine did not survive the snapshot")
