"""The text form of an IR: a valid Python stub that people read and edit.

:func:`parse` and :func:`render` are exact inverses.
"""

from __future__ import annotations

from engine.ir.text_parse import ParsedSpec, parse, parse_located
from engine.ir.text_render import render, render_clause

__all__ = ["ParsedSpec", "parse", "parse_located", "render", "render_clause"]
