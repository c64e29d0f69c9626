"""What the demo shows: captions, and the keys that are pressed meanwhile.

Keys are named by the ids of their bindings, in the captions too (``{run.generate}``), so that what a caption teaches
is what the workbench does. The same script makes the recording (``make demo-session``), on a real model, and plays it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

CAPTION_CELLS = 77
"""Longest caption, with its keys: what fits on a terminal of 80 columns behind a sign, in cells."""

_KEY = re.compile(r"\{([a-z0-9.-]+)\}")


@dataclass(frozen=True)
class Press:
    """Press the key of a binding, as soon as it does something."""

    binding: str


@dataclass(frozen=True)
class Type:
    """Type a text into the field that has the focus."""

    text: str


@dataclass(frozen=True)
class Watch:
    """Watch the run that has been begun to its end.

    Args:
        stages: for each stage, what is said while it goes on, and the key that brings its pane to the front.
    """

    stages: Mapping[str, tuple[str, Press | None]]


Act = Press | Type | Watch


@dataclass(frozen=True)
class Step:
    """A caption, then what is done.

    Args:
        caption: what is said, with ``{id}`` for the key of a binding.
        acts: what is done once there was time to read the caption.
    """

    caption: str
    acts: tuple[Act, ...] = ()


def keys_named(caption: str) -> list[str]:
    """The ids of the bindings that a caption names."""
    return _KEY.findall(caption)


def words(caption: str, keys: Mapping[str, str]) -> list[tuple[str, bool]]:
    """A caption in pieces, each with whether it is a key, which has a space on either side.

    Args:
        caption: with ``{id}`` for the key of a binding.
        keys: for each binding, its key as people know it.
    """
    pieces = enumerate(_KEY.split(caption))  # text and ids by turns, text first
    return [(f" {keys[piece]} ", True) if place % 2 else (piece, False) for place, piece in pieces if piece]


SPEC, CODE, CHECKS = Press("pane.spec"), Press("pane.code"), Press("pane.checks")

SCRIPT: tuple[Step, ...] = (
    Step("Say it in plain English; get a checkable specification and checked Python."),
    Step(
        "{session.new} begins a session: say what you want. {ask.accept} lets the model begin.",
        (
            Press("session.new"),
            Type("Check whether a password is strong enough."),
            Press("ask.accept"),
            Watch(
                {
                    "draft": ("The model drafts a specification: the signature, and examples of its own.", SPEC),
                    "implement": ("{pane.code} shows the code: held to the signature and to Python's grammar.", CODE),
                    "check": (
                        "{pane.checks} shows the checks, in a sandbox: every example, and inputs made up.",
                        CHECKS,
                    ),
                    "repair": ("An example fails. So other implementations are written, and compared.", CODE),
                }
            ),
        ),
    ),
    Step("All three contradict the example, so {pane.spec} now has a question for you.", (SPEC,)),
    Step(
        "{session.holes} opens it, {holes.pick-1} picks the first answer, {holes.close} goes back.",
        (Press("session.holes"), Press("holes.pick-1"), Press("holes.close")),
    ),
    Step(
        "{session.refine} changes the specification in plain English.",
        (
            Press("session.refine"),
            Type("It needs at least 12 characters."),
            Press("ask.accept"),
            Watch({"refine": ("The model reads the specification and proposes changes, line by line.", None)}),
        ),
    ),
    Step(
        "What you said is not ticked: it stays. {proposal.apply} takes the other changes.",
        (Press("proposal.apply"),),
    ),
    Step(
        "{run.generate} writes the code anew for the new specification.",
        (
            Press("run.generate"),
            Watch(
                {
                    "implement": ("{pane.code} shows the new code, for the rule that came with the refinement.", CODE),
                    "check": ("{pane.checks} shows it checked again.", CHECKS),
                    "compare": ("It passes. Asked again in other words, the model should do the same.", CHECKS),
                }
            ),
        ),
    ),
    Step("Every clause has its verdict; a failure would show the smallest call for it.", (CHECKS,)),
    Step("{pane.timings} shows where the time went, span by span.", (Press("pane.timings"),)),
    Step("{session.finalize} signs the specification off.", (Press("session.finalize"),)),
    Step("That was a real model on a CPU. lift starts yours; {app.help} explains every key."),
)
