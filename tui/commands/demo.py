"""``lift demo``: a recorded session, played back in the workbench."""

from __future__ import annotations

import click


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--speed",
    type=click.FloatRange(0.25, 64),
    default=1.0,
    show_default=True,
    help="How many times faster than recorded; captions stand a little longer.",
)
def demo(*, speed: float) -> int:
    """Watch a recorded session in the workbench; the captions teach the keys.

    It needs no model and no network. What the model says was recorded, token by token, from a real one; the
    workbench is the real one too. Nothing is written to your sessions and settings.

    \b
    Keys: space pauses; right goes on to the next caption; + and - change the speed; esc ends it.
    """
    from engine.errors import UsageError
    from tui.driving import asks

    if not asks():
        raise UsageError(
            "The demo is full screen, and this is no terminal.",
            "Run it in a terminal. Without one, lift run does the same work and prints it: lift run --help",
        )
    from tui.demo.app import DemoApp
    from tui.demo.home import private_home
    from tui.demo.pace import Pace
    from tui.demo.replay import Replay
    from tui.demo.script import SCRIPT
    from tui.demo.tape import read_tape, session_path

    tape, pace = read_tape(session_path()), Pace(speed)
    with private_home() as db:
        app = DemoApp(db, SCRIPT, pace, Replay(tape, pace))
        app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0
