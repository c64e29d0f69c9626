"""A specification that is still being streamed, as text."""

from __future__ import annotations

from typing import Any

from engine.ir.models import IR
from engine.ir.text import render
from tui.wording import printable


def partial_text(partial: dict[str, Any]) -> str:
    """The text form of a specification that is not finished yet."""
    if "signature" not in partial:
        return printable(partial.get("intent", {}).get("summary", ""))
    return render(IR.model_validate(partial))


def text_so_far(answer: str) -> str:
    """The text form of what a model has answered so far in the draft stage; empty when it says nothing yet."""
    from pydantic_core import from_json

    from engine.stages.draft_wire import partial_ir
    from engine.stages.short_wire import shown

    try:
        wire = from_json(answer, allow_partial="trailing-strings")
    except ValueError:
        return ""
    return partial_text(partial_ir(shown(wire, ""))) if isinstance(wire, dict) else ""
