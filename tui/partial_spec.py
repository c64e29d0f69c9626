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
